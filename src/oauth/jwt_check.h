/* SPDX-License-Identifier: MIT */
/* jwt_check.h - what a token must look like before any key is tried. Layer: oauth. Includes: base.
 */
#ifndef OAUTH_JWT_CHECK_H
#define OAUTH_JWT_CHECK_H

#include "oauth/fault.h"
#include "oauth/jwt_alg.h"

enum {
    OAUTH_MAX_TOKEN_BYTES = 8192,
    OAUTH_MAX_HEADER_BYTES = 1024, /* decoded */
    OAUTH_MAX_KID_BYTES = 255
};

/* A token in pieces; the views are its base64url parts and live as long as its text. */
struct oauth_jwt {
    struct mcp_str header;
    struct mcp_str payload;
    struct mcp_str signature;
    enum oauth_alg alg;
    char kid[OAUTH_MAX_KID_BYTES + 1]; /* empty: the token has none */
};

/*
 * Split a JWS in compact form (RFC 7515 section 3.1) and judge all of it but its claims and its
 * signature:
 *
 *   - at most 8192 bytes; exactly three parts, none empty, each canonical base64url
 *   - the header: at most 1024 bytes, a JSON object, no member twice; members are alg, kid, typ,
 *     cty, x5t and x5t#S256, all strings, others are refused; thumbprints are not looked at
 *   - alg one of jwt_alg.h; typ, when there, at+jwt or JWT in any case, with or without
 *     application/ before it; cty, when there, not JWT; kid of 1 to 255 bytes
 *   - the signature as long as alg makes it
 *
 *   out     *out_jwt  written only on OAUTH_OK
 *   errors  TOO_LONG, NOT_COMPACT, NOT_BASE64, HEADER_JSON, KEY_INSIDE, EXTENSION, HEADER_MEMBER,
 *           ALGORITHM, TYPE, KEY_NAME, SIGNATURE, NO_MEMORY; when several rules are broken, the
 * first in the order of enum oauth_fault thread  any
 */
enum oauth_fault oauth_jwt_check(struct mcp_str token, struct oauth_jwt *out_jwt) MCP_CHECK;

/* Append what a part encodes. errors: NOT_BASE64, NO_MEMORY, TOO_LONG for out's limit. */
enum oauth_fault oauth_jwt_decode(struct mcp_str part, struct mcp_buf *out) MCP_CHECK;

#endif
