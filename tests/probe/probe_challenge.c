/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/challenge.json. */
#include "listen/challenge.h"
#include "probe.h"

probe_fn probe_challenge;

enum { MAX_BYTES = 4096 };

enum mcp_code probe_challenge(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT((size_t)probe_int(in, "max", MAX_BYTES));
    const struct mcp_challenge challenge = {
        .error = json_string_value(json_object_get(in, "error")),
        .description = json_string_value(json_object_get(in, "description")),
        .scopes = mcp_json_str(json_object_get(in, "scopes")),
        .metadata_url = json_string_value(json_object_get(in, "metadata_url")),
    };
    mcp_challenge_write(&text, &challenge);
    MCP_TRY(mcp_buf_finish(&text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}
