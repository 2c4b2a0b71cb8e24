/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/jwks.json. */
#include "oauth/jwks.h"
#include "probe_jwt.h"

probe_fn probe_jwks;

enum { MAX_BYTES = 1 << 20, SHOWN_BYTES = 8 };

static json_t *describe(const json_t *jwk) {
    const json_t *number = json_object_get(jwk, "n");
    if (number == NULL)
        number = json_object_get(jwk, "x");
    return json_pack("[s s% i]", json_string_value(json_object_get(jwk, "kty")),
                     json_string_value(number), (size_t)SHOWN_BYTES, (int)json_object_size(jwk));
}

static json_t *find(const struct oauth_jwks *keys, const json_t *wanted) {
    const char *kid = json_string_value(json_array_get(wanted, 0));
    enum oauth_alg alg = OAUTH_ALG_COUNT;
    const json_t *jwk = NULL;
    if (!oauth_alg_find(mcp_json_str(json_array_get(wanted, 1)), &alg))
        return json_null();
    enum oauth_fault fault = oauth_jwks_find(keys, kid, alg, &jwk);
    return fault == OAUTH_OK ? describe(jwk) : json_string(oauth_fault_name(fault));
}

static json_t *find_all(const struct oauth_jwks *keys, const json_t *wanted) {
    json_auto_t *out = json_array();
    int rc = out != NULL ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < json_array_size(wanted); i++)
        rc = json_array_append_new(out, find(keys, json_array_get(wanted, i)));
    return rc == 0 ? MCP_TAKE(out) : NULL;
}

enum mcp_code probe_jwks(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_BYTES);
    MCP_AUTO(oauth_jwks_freep) struct oauth_jwks *keys = NULL;
    MCP_TRY(probe_json_or(in, "text", "set", &text, err));
    MCP_TRY(oauth_jwks_parse(mcp_buf_view(&text), &keys, err));
    json_t *found = find_all(keys, json_object_get(in, "find"));
    if (found == NULL)
        return probe_give(NULL, out, err);
    return probe_give(
        json_pack("{sI so}", "count", (json_int_t)oauth_jwks_count(keys), "found", found), out,
        err);
}
