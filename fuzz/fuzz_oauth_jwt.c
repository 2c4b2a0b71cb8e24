/* SPDX-License-Identifier: MIT */
/* Target: oauth_jwt_check, oauth_claims_read. Input: a token; its payload is judged as claims too,
 * whatever its signature. Properties: what is accepted has exactly three parts, which joined are
 * the token, and an algorithm with a public key; a principal and scopes are printable ASCII within
 * their bounds, and without two spaces in a row in the scopes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oauth/jwt_check.h"
#include "oauth/jwt_claims.h"

static void require(bool claim) {
    if (!claim)
        abort();
}

static void check_parts(struct mcp_str token, const struct oauth_jwt *jwt) {
    require(token.len <= OAUTH_MAX_TOKEN_BYTES && jwt->alg < OAUTH_ALG_COUNT);
    require(jwt->header.ptr == token.ptr && jwt->payload.ptr == token.ptr + jwt->header.len + 1);
    require(jwt->signature.ptr == jwt->payload.ptr + jwt->payload.len + 1);
    require(jwt->signature.ptr + jwt->signature.len == token.ptr + token.len);
    require(strlen(jwt->kid) <= OAUTH_MAX_KID_BYTES);
}

static void check_claims(struct mcp_str json) {
    MCP_AUTO(oauth_claims_freep) struct oauth_claims *claims = NULL;
    const struct oauth_rules rules = {MCP_STR("https://as.example"),
                                      MCP_STR("https://mcp.example/mcp"), 60};
    if (oauth_claims_read(json, &rules, 1000000, &claims) != OAUTH_OK)
        return;
    require(claims->expires_s > 1000000);
    require(strlen(claims->principal) <= OAUTH_MAX_PRINCIPAL_BYTES);
    for (const char *at = claims->principal; *at != '\0'; at++)
        require(*at >= 0x20 && *at < 0x7F);
    for (const char *at = claims->scopes; *at != '\0'; at++)
        require(*at >= 0x20 && *at < 0x7F && !(*at == ' ' && (at[1] == ' ' || at[1] == '\0')));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str token = {(const char *)data, size};
    struct oauth_jwt jwt = {0};
    enum oauth_fault fault = oauth_jwt_check(token, &jwt);
    require(oauth_fault_text(fault)[0] != '\0');
    if (fault == OAUTH_OK) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf payload = MCP_BUF_INIT(OAUTH_MAX_TOKEN_BYTES);
        check_parts(token, &jwt);
        require(oauth_jwt_decode(jwt.payload, &payload) == OAUTH_OK);
        check_claims(mcp_buf_view(&payload));
    }
    check_claims(token);
    return 0;
}
