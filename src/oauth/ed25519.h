/* SPDX-License-Identifier: MIT */
/* ed25519.h - signatures of RFC 8032, which libjose does not know. Layer: oauth. Includes: base. */
#ifndef OAUTH_ED25519_H
#define OAUTH_ED25519_H

#include "mcp/buf.h"
#include "oauth/fault.h"

enum { OAUTH_ED25519_KEY_BYTES = 32, OAUTH_ED25519_SIGNATURE_BYTES = 64 };

/*
 * May signatures be verified with it? Not when its y is not below the prime, nor when the point is
 * of small order: for such a key there are signatures that are right for messages nobody signed,
 * and OpenSSL takes them. Whether the point is on the curve at all shows when it is used.
 */
bool oauth_ed25519_is_key(const unsigned char key[OAUTH_ED25519_KEY_BYTES]);

/*
 *   in      key, signature  of exactly the sizes above
 *   errors  SIGNATURE  it is wrong, or S is not below the order of the group
 *           NO_MEMORY
 *   cost    about 0.1 ms
 *   thread  any
 */
enum oauth_fault oauth_ed25519_verify(struct mcp_str message, struct mcp_str signature,
                                      struct mcp_str key) MCP_CHECK;

#endif
