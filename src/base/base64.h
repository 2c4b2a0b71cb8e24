/* SPDX-License-Identifier: MIT */
/* base64.h - RFC 4648 base64 with padding, and base64url without. Layer: base. Includes: buf. */
#ifndef MCP_BASE64_H
#define MCP_BASE64_H

#include "mcp/buf.h"

void mcp_base64_encode(struct mcp_buf *out, struct mcp_str bytes);
void mcp_base64url_encode(struct mcp_buf *out, struct mcp_str bytes); /* no padding */

/* Append the decoded bytes. errors: SYNTAX unless canonical: right padding, zero spare bits, no
 * white space; err->where "byte 4". */
enum mcp_code mcp_base64_decode(struct mcp_buf *out, struct mcp_str text,
                                struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_base64url_decode(struct mcp_buf *out, struct mcp_str text,
                                   struct mcp_err *err) MCP_CHECK;

#endif
