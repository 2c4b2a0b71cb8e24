/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_pkce.json. */
#include <string.h>

#include "oauth_client/oauth_pkce.h"
#include "probe.h"

probe_fn probe_oauth_pkce;

enum mcp_code probe_oauth_pkce(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf random = MCP_BUF_INIT(MCP_OAUTH_PKCE_RANDOM_BYTES);
    unsigned char bytes[MCP_OAUTH_PKCE_RANDOM_BYTES] = {0};
    char text[MCP_OAUTH_PKCE_TEXT_BYTES];
    const char *verifier = json_string_value(json_object_get(in, "challenge"));
    if (verifier != NULL) {
        mcp_oauth_pkce_challenge(verifier, text);
    } else {
        MCP_TRY(probe_bytes(json_object_get(in, "random"), &random, err));
        memcpy(bytes, mcp_buf_view(&random).ptr, random.len);
        mcp_oauth_pkce_text(bytes, text);
    }
    return probe_give(json_string(text), out, err);
}
