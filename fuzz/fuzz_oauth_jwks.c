/* SPDX-License-Identifier: MIT */
/* Target: oauth_jwks_parse, oauth_jwks_find, and what libjose makes of the keys that are kept.
 * Input: a JWK set. Properties: a set has 1 to 20 keys; every key that is found is public and has
 * no members but those of its type; with no key whatever is a signature of zeros right. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "oauth/jwt_verify.h"

static void require(bool claim) {
    if (!claim)
        abort();
}

static void check_public(const json_t *jwk) {
    bool is_rsa = json_object_get(jwk, "n") != NULL && json_object_get(jwk, "e") != NULL;
    bool is_ec = json_object_get(jwk, "x") != NULL && json_object_get(jwk, "y") != NULL;
    require(json_object_get(jwk, "kty") != NULL && (is_rsa || is_ec));
    require(json_object_get(jwk, "d") == NULL && json_object_get(jwk, "k") == NULL);
    require(json_object_get(jwk, "alg") == NULL && json_object_get(jwk, "use") == NULL);
}

static void add_zeros(struct mcp_buf *token, size_t bytes) {
    char zeros[OAUTH_MIN_RSA_BITS / 8] = {0};
    mcp_base64url_encode(token, (struct mcp_str){zeros, bytes});
}

static void check_zeros(const struct oauth_jwks *keys, enum oauth_alg alg) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf header = MCP_BUF_INIT(256);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf token = MCP_BUF_INIT(4096);
    MCP_AUTO(oauth_claims_freep) struct oauth_claims *claims = NULL;
    const struct oauth_alg_row *row = oauth_alg_row(alg);
    const struct oauth_rules rules = {MCP_STR("i"), MCP_STR("a"), 0};
    mcp_buf_addf(&header, "{\"alg\":\"%s\"}", row->name);
    mcp_base64url_encode(&token, mcp_buf_view(&header));
    mcp_buf_add(&token, MCP_STR(".e30."));
    add_zeros(&token, row->crv != NULL ? row->signature_bytes : OAUTH_MIN_RSA_BITS / 8);
    enum oauth_fault fault = oauth_jwt_verify(mcp_buf_view(&token), keys, &rules, 1, &claims);
    require(fault == OAUTH_KEY_UNKNOWN || fault == OAUTH_KEY_UNNAMED || fault == OAUTH_SIGNATURE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    MCP_AUTO(oauth_jwks_freep) struct oauth_jwks *keys = NULL;
    struct mcp_err err = {0};
    if (oauth_jwks_parse((struct mcp_str){(const char *)data, size}, &keys, &err) != MCP_OK) {
        require(err.what[0] != '\0');
        return 0;
    }
    require(oauth_jwks_count(keys) >= 1 && oauth_jwks_count(keys) <= OAUTH_MAX_JWKS_KEYS);
    for (int alg = 0; alg < OAUTH_ALG_COUNT; alg++) {
        const json_t *jwk = NULL;
        if (oauth_jwks_find(keys, "a", (enum oauth_alg)alg, &jwk) == OAUTH_OK)
            check_public(jwk);
        check_zeros(keys, (enum oauth_alg)alg);
    }
    return 0;
}
