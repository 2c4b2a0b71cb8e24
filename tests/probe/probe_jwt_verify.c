/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/jwt_verify.json. */
#include "oauth/jwt_verify.h"
#include "probe_jwt.h"

probe_fn probe_jwt_verify;

enum { MAX_BYTES = 1 << 21 };

enum mcp_code probe_jwt_verify(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf set = MCP_BUF_INIT(MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf token = MCP_BUF_INIT(MAX_BYTES);
    MCP_AUTO(oauth_jwks_freep) struct oauth_jwks *keys = NULL;
    MCP_AUTO(oauth_claims_freep) struct oauth_claims *claims = NULL;
    struct oauth_rules rules = probe_rules(in);
    if (!json_is_null(json_object_get(in, "keys"))) {
        MCP_TRY(mcp_json_write(json_object_get(in, "keys"), &set, err));
        MCP_TRY(oauth_jwks_parse(mcp_buf_view(&set), &keys, err));
    }
    MCP_TRY(probe_bytes(json_object_get(in, "token"), &token, err));
    enum oauth_fault fault = oauth_jwt_verify(mcp_buf_view(&token), keys, &rules,
                                              (uint64_t)probe_int(in, "now_s", 1000000), &claims);
    return probe_fault(fault, fault == OAUTH_OK ? probe_claims_json(claims) : NULL, out, err);
}
