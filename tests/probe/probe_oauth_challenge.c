/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_challenge.json. */
#include "oauth_client/oauth_challenge.h"
#include "probe.h"

probe_fn probe_oauth_challenge;

enum { MAX_BYTES = 1 << 20 };

enum mcp_code probe_oauth_challenge(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf header = MCP_BUF_INIT(MAX_BYTES);
    MCP_TRY(probe_bytes(json_object_get(in, "header"), &header, err));
    return mcp_oauth_challenge_parse(mcp_buf_view(&header), out, err);
}
