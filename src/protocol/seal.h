/* SPDX-License-Identifier: MIT */
/* seal.h - bytes a peer keeps for us and cannot read or change. Layer: protocol. Includes: base. */
#ifndef PROTOCOL_SEAL_H
#define PROTOCOL_SEAL_H

#include "mcp/buf.h"

enum { MCP_SEAL_KEY_BYTES = 32, MCP_SEAL_NONCE_BYTES = 12, MCP_SEAL_TAG_BYTES = 16 };

/*
 * Append base64url(nonce | AES-256-GCM(key, nonce, bound, plain) | tag), without padding. `bound`
 * is not in the text, but opening needs the same.
 *
 *   in      key    32 bytes
 *           nonce  12 bytes, never used twice with one key: random ones are good for 2^32 seals
 *   errors  LIMIT  of `out`; NOMEM
 */
enum mcp_code mcp_seal_write(const unsigned char *key, const unsigned char *nonce,
                             struct mcp_str bound, struct mcp_str plain, struct mcp_buf *out,
                             struct mcp_err *err) MCP_CHECK;

/* Append the plain bytes. errors: DENIED not sealed with this key and `bound`, or changed since;
 * SYNTAX not base64url; LIMIT of `out`; NOMEM. Nothing is appended then. */
enum mcp_code mcp_seal_open(const unsigned char *key, struct mcp_str bound, struct mcp_str text,
                            struct mcp_buf *out, struct mcp_err *err) MCP_CHECK;

#endif
