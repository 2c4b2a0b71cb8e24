/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/jwt_claims.json. */
#include "probe_jwt.h"

probe_fn probe_jwt_claims;

enum { MAX_BYTES = 1 << 20 };

enum mcp_code probe_jwt_claims(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_BYTES);
    MCP_AUTO(oauth_claims_freep) struct oauth_claims *claims = NULL;
    struct oauth_rules rules = probe_rules(in);
    MCP_TRY(probe_json_or(in, "text", "claims", &text, err));
    enum oauth_fault fault = oauth_claims_read(mcp_buf_view(&text), &rules,
                                               (uint64_t)probe_int(in, "now_s", 1000000), &claims);
    return probe_fault(fault, fault == OAUTH_OK ? probe_claims_json(claims) : NULL, out, err);
}
