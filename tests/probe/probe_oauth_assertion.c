/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_assertion.json. */
#include <jose/jws.h>
#include <string.h>

#include "base/base64.h"
#include "json/json_shield.h"
#include "oauth_client/oauth_assertion.h"
#include "probe.h"

probe_fn probe_oauth_assertion;

enum { MAX_BYTES = 1 << 20 };

static const char *text(const json_t *in, const char *key) {
    return json_string_value(json_object_get(in, key));
}

static enum mcp_code decode(struct mcp_str part, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(MAX_BYTES);
    MCP_TRY(mcp_base64url_decode(&bytes, part, err));
    return mcp_json_parse(mcp_buf_view(&bytes), out, err);
}

/* "public" is the key's other half. */
static enum mcp_code verify(const struct mcp_str parts[3], const json_t *jwk, bool *out_is_right,
                            struct mcp_err *err) {
    mcp_json_shield_begin();
    json_t *jws =
        json_pack("{s:s%, s:s%, s:s%}", "protected", parts[0].ptr, parts[0].len, "payload",
                  parts[1].ptr, parts[1].len, "signature", parts[2].ptr, parts[2].len);
    *out_is_right = jose_jws_ver(NULL, jws, NULL, jwk, false);
    json_decref(jws);
    return mcp_json_shield_end() ? MCP_FAIL(err, MCP_E_NOMEM, "out of memory") : MCP_OK;
}

static enum mcp_code show(struct mcp_str token, const json_t *in, json_t **out,
                          struct mcp_err *err) {
    json_auto_t *head = NULL;
    json_auto_t *claims = NULL;
    bool is_right = false;
    const char *first = memchr(token.ptr, '.', token.len);
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
    if (second == NULL)
        return MCP_FAIL(err, MCP_E_BUG, "no token");
    const struct mcp_str parts[3] = {
        {token.ptr, (size_t)(first - token.ptr)},
        {first + 1, (size_t)(second - first) - 1},
        {second + 1, (size_t)(token.ptr + token.len - second) - 1},
    };
    MCP_TRY(decode(parts[0], &head, err));
    MCP_TRY(decode(parts[1], &claims, err));
    const json_t *jwk = json_object_get(in, "public");
    if (jwk != NULL)
        MCP_TRY(verify(parts, jwk, &is_right, err));
    return probe_give(json_pack("{s:O, s:O, s:o*}", "header", head, "claims", claims, "verified",
                                jwk != NULL ? json_boolean(is_right) : NULL),
                      out, err);
}

enum mcp_code probe_oauth_assertion(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf key_text = MCP_BUF_INIT(MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf token = MCP_BUF_INIT(MAX_BYTES);
    struct mcp_oauth_key *key = NULL;
    const json_t *given = json_object_get(in, "key");
    const struct mcp_oauth_claims claims = {text(in, "client_id"), text(in, "audience"),
                                            text(in, "id"), probe_int(in, "now", 1000)};
    MCP_TRY(probe_bytes(given, &key_text, err));
    MCP_TRY(mcp_oauth_key_parse(mcp_buf_view(&key_text), &key, err));
    enum mcp_code code = mcp_oauth_assertion_write(key, &claims, &token, err);
    mcp_oauth_key_free(key);
    MCP_TRY(code);
    return show(mcp_buf_view(&token), in, out, err);
}
