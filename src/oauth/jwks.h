/* SPDX-License-Identifier: MIT */
/* jwks.h - the public keys of an issuer. Layer: oauth. Includes: json. */
#ifndef OAUTH_JWKS_H
#define OAUTH_JWKS_H

#include "mcp/json.h"
#include "oauth/fault.h"
#include "oauth/jwt_alg.h"

enum {
    OAUTH_MAX_JWKS_BYTES = 64 * 1024,
    OAUTH_MAX_JWKS_KEYS = 20,
    OAUTH_MIN_RSA_BITS = 2048, /* RFC 7518 section 3.3 */
    OAUTH_MAX_RSA_BITS = 8192,
    OAUTH_MAX_RSA_EXPONENT_BYTES = 4
};

struct oauth_jwks; /* immutable once parsed */

/*
 * Read a JWK set (RFC 7517 section 5), keeping of each key only its public part.
 *
 * Skipped are keys that are no use here: another kty, a use that is not "sig", key_ops without
 * "verify", an alg that is not accepted or not for this kty and crv, members of wrong type,
 * base64url or length, an Ed25519 key that ed25519.h refuses, a modulus or an exponent that is even
 * or out of bounds, a kid that is empty or longer than OAUTH_MAX_KID_BYTES. Whether an EC point
 * lies on its curve shows when it is used.
 *
 *   out     *out_keys  free with oauth_jwks_free
 *   errors  LIMIT      more than 64 KiB, or more than 20 keys, skipped ones included
 *           SYNTAX     no JSON; a member twice
 *           SCHEMA     not {"keys": [{...}, ...]}, or no key is left
 *           DENIED     a private or a symmetric key: whoever can read the set can sign tokens
 *           EXISTS     two keys with one kid could serve the same algorithm
 *           NOMEM
 *   thread  any
 */
enum mcp_code oauth_jwks_parse(struct mcp_str text, struct oauth_jwks **out_keys,
                               struct mcp_err *err) MCP_CHECK;
void oauth_jwks_free(struct oauth_jwks *keys);
void oauth_jwks_freep(struct oauth_jwks **keys); /* for MCP_AUTO */

size_t oauth_jwks_count(const struct oauth_jwks *keys); /* at least 1 */

/*
 * The key a token says it is signed with. A kid must be the key's own, byte for byte; without one
 * (kid empty) the only key that serves the algorithm is taken.
 *
 *   out     *out_jwk  borrowed: {"kty", and "n", "e" or "crv", "x", and "y" of an EC key}
 *   errors  KEY_UNKNOWN, KEY_UNSUITABLE, KEY_UNNAMED
 */
enum oauth_fault oauth_jwks_find(const struct oauth_jwks *keys, const char *kid, enum oauth_alg alg,
                                 const json_t **out_jwk) MCP_CHECK;

#endif
