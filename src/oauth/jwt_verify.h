/* SPDX-License-Identifier: MIT */
/* jwt_verify.h - is this access token good here and now? Layer: oauth. Includes: json. */
#ifndef OAUTH_JWT_VERIFY_H
#define OAUTH_JWT_VERIFY_H

#include "oauth/jwks.h"
#include "oauth/jwt_claims.h"

/*
 * Judge a JWT access token: its form (jwt_check.h), the key it names (jwks.h), its signature, its
 * claims (jwt_claims.h), in this order; the first fault is told. Nothing of the claims is looked at
 * before the signature is known to be right.
 *
 *   in      keys   NULL: there are none at the moment
 *           now_s  seconds since 1970
 *   out     *out_claims  only on OAUTH_OK; free with oauth_claims_free
 *   errors  any; NO_MEMORY and NO_KEYS say nothing about the token, KEY_UNKNOWN that newer keys may
 * help cost    one verification whoever sent the token: about 0.1 ms for RSA of 2048 bits, 0.3 for
 *           ES256, 0.1 for Ed25519, 2 to 3 for ES384 and ES512; hardly anything when the form is
 * wrong already thread  any; `keys` may be shared spec    RFC 7515 section 5.2, RFC 8725, RFC 9068
 * section 4
 */
enum oauth_fault oauth_jwt_verify(struct mcp_str token, const struct oauth_jwks *keys,
                                  const struct oauth_rules *rules, uint64_t now_s,
                                  struct oauth_claims **out_claims) MCP_CHECK;

#endif
