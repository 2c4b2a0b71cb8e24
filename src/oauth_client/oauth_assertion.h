/* SPDX-License-Identifier: MIT */
/* oauth_assertion.h - a client that proves who it is with a key. Layer: oauth_client. Includes:
 * json. */
#ifndef MCP_OAUTH_ASSERTION_H
#define MCP_OAUTH_ASSERTION_H

#include <stdint.h>

#include "mcp/json.h"

enum {
    MCP_OAUTH_ASSERTION_MAX_KEY_BYTES = 16 << 10,
    MCP_OAUTH_ASSERTION_MIN_RSA_BITS = 2048,
    MCP_OAUTH_ASSERTION_LIFE_S = 300
};

/* A private key. */
struct mcp_oauth_key;

/*
 * Read a private key: PEM without a password.
 *
 *   errors  INVALID  no key of this kind: EC with P-256, P-384 or P-521 (ES256, ES384, ES512),
 *                    RSA of 2048 bits or more (RS256), Ed25519 (EdDSA). Nothing of the text is
 * repeated LIMIT    more than MCP_OAUTH_ASSERTION_MAX_KEY_BYTES NOMEM
 */
enum mcp_code mcp_oauth_key_parse(struct mcp_str text, struct mcp_oauth_key **out_key,
                                  struct mcp_err *err) MCP_CHECK;
void mcp_oauth_key_free(struct mcp_oauth_key *key);

/* Texts are borrowed. */
struct mcp_oauth_claims {
    const char *client_id; /* both issuer and subject */
    const char *audience;
    const char *id; /* never used before */
    int64_t now_s;  /* seconds since 1970 */
};

/* Append a JWT signed with `key`, good for MCP_OAUTH_ASSERTION_LIFE_S. spec: RFC 7523 section 3.
 * errors: NOMEM, LIMIT; INVALID the key does not sign */
enum mcp_code mcp_oauth_assertion_write(const struct mcp_oauth_key *key,
                                        const struct mcp_oauth_claims *claims, struct mcp_buf *out,
                                        struct mcp_err *err) MCP_CHECK;

#endif
