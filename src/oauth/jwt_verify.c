/* SPDX-License-Identifier: MIT */
/* jwt_verify.c - see jwt_verify.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwt_verify.h"

#include <jose/jws.h>
#include <openssl/err.h>

#include "json/json_shield.h"
#include "oauth/ed25519.h"
#include "oauth/jwt_check.h"

static bool set_text(json_t *object, const char *key, struct mcp_str text) {
    return json_object_set_new(object, key, json_stringn(text.ptr, text.len)) == 0;
}

/* What is signed is the token up to its second dot. */
static enum oauth_fault check_ed25519(const struct oauth_jwt *jwt, const json_t *jwk) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf key = MCP_BUF_INIT(OAUTH_ED25519_KEY_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf signature = MCP_BUF_INIT(OAUTH_ED25519_SIGNATURE_BYTES);
    const char *end = jwt->payload.ptr + jwt->payload.len;
    const struct mcp_str message = {jwt->header.ptr, (size_t)(end - jwt->header.ptr)};
    enum oauth_fault fault = oauth_jwt_decode(mcp_json_str(json_object_get(jwk, "x")), &key);
    if (fault == OAUTH_OK)
        fault = oauth_jwt_decode(jwt->signature, &signature);
    if (fault == OAUTH_OK)
        fault = oauth_ed25519_verify(message, mcp_buf_view(&signature), mcp_buf_view(&key));
    ERR_clear_error();
    return fault;
}

/* Under the shield. The key has no "alg", "use" or "key_ops": what it is good for is decided. */
static bool is_signed(const struct oauth_jwt *jwt, const json_t *jwk) {
    MCP_AUTO(mcp_json_decref) json_t *jws = json_object();
    return set_text(jws, "protected", jwt->header) && set_text(jws, "payload", jwt->payload) &&
           set_text(jws, "signature", jwt->signature) && jose_jws_ver(NULL, jws, NULL, jwk, false);
}

static enum oauth_fault check_signature(const struct oauth_jwt *jwt, const json_t *jwk) {
    if (jwt->alg == OAUTH_EDDSA || jwt->alg == OAUTH_ED25519)
        return check_ed25519(jwt, jwk);
    mcp_json_shield_begin();
    bool is_right = is_signed(jwt, jwk);
    bool is_refused = mcp_json_shield_end();
    ERR_clear_error(); /* or the next TLS connection of this thread finds what failed here */
    if (is_refused)
        return OAUTH_NO_MEMORY;
    return is_right ? OAUTH_OK : OAUTH_SIGNATURE;
}

enum oauth_fault oauth_jwt_verify(struct mcp_str token, const struct oauth_jwks *keys,
                                  const struct oauth_rules *rules, uint64_t now_s,
                                  struct oauth_claims **out_claims) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf payload = MCP_BUF_INIT(OAUTH_MAX_TOKEN_BYTES);
    struct oauth_jwt jwt = {0};
    const json_t *jwk = NULL;
    enum oauth_fault fault = oauth_jwt_check(token, &jwt);
    if (fault == OAUTH_OK && keys == NULL)
        fault = OAUTH_NO_KEYS;
    if (fault == OAUTH_OK)
        fault = oauth_jwks_find(keys, jwt.kid, jwt.alg, &jwk);
    if (fault == OAUTH_OK)
        fault = check_signature(&jwt, jwk);
    if (fault == OAUTH_OK)
        fault = oauth_jwt_decode(jwt.payload, &payload);
    if (fault != OAUTH_OK)
        return fault;
    return oauth_claims_read(mcp_buf_view(&payload), rules, now_s, out_claims);
}
