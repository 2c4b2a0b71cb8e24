/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/jwt_check.json. */
#include <string.h>

#include "base/base64.h"
#include "oauth/jwt_check.h"
#include "probe_jwt.h"

probe_fn probe_jwt_check;

enum { MAX_BYTES = 1 << 21 };

static enum mcp_code add_part(const json_t *in, const char *key, const char *other,
                              struct mcp_buf *out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf raw = MCP_BUF_INIT(MAX_BYTES);
    const json_t *value = json_object_get(in, key);
    if (value != NULL)
        MCP_TRY(probe_bytes(value, &raw, err));
    else
        mcp_buf_add(&raw, mcp_str_of(other));
    mcp_base64url_encode(out, mcp_buf_view(&raw));
    return mcp_buf_finish(&raw, err);
}

static enum mcp_code write_token(const json_t *in, struct mcp_buf *out, struct mcp_err *err) {
    static const char zeros[64 + 1] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    const json_t *token = json_object_get(in, "token");
    if (token != NULL)
        return probe_bytes(token, out, err);
    MCP_TRY(add_part(in, "header", "{}", out, err));
    mcp_buf_addc(out, '.');
    MCP_TRY(add_part(in, "payload", "{}", out, err));
    mcp_buf_addc(out, '.');
    MCP_TRY(add_part(in, "signature", zeros, out, err));
    return mcp_buf_finish(out, err);
}

enum mcp_code probe_jwt_check(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf token = MCP_BUF_INIT(MAX_BYTES);
    struct oauth_jwt jwt = {0};
    json_t *value = NULL;
    MCP_TRY(write_token(in, &token, err));
    enum oauth_fault fault = oauth_jwt_check(mcp_buf_view(&token), &jwt);
    if (fault == OAUTH_OK)
        value = json_pack("{ss ss*}", "alg", oauth_alg_row(jwt.alg)->name, "kid",
                          jwt.kid[0] != '\0' ? jwt.kid : NULL);
    return probe_fault(fault, value, out, err);
}
