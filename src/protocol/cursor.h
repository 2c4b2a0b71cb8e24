/* SPDX-License-Identifier: MIT */
/* cursor.h - opaque pagination cursors a client cannot forge. Layer: protocol. Includes: buf. */
#ifndef MCP_CURSOR_H
#define MCP_CURSOR_H

#include <stdint.h>

#include "mcp/buf.h"

enum {
    MCP_CURSOR_SECRET_BYTES = 16,
    MCP_CURSOR_TEXT_BYTES = 22 /* every cursor has this length */
};

/*
 * Append the cursor that resumes `list` (a method name: a cursor is good for one list only) at
 * `position`: base64url of the position, 8 bytes little-endian, and SipHash-2-4 of position and
 * list under `secret`, 8 bytes little-endian.
 */
void mcp_cursor_encode(const unsigned char secret[MCP_CURSOR_SECRET_BYTES], struct mcp_str list,
                       uint64_t position, struct mcp_buf *out);

/* errors: INVALID for any text mcp_cursor_encode did not make with this secret and list. */
enum mcp_code mcp_cursor_decode(const unsigned char secret[MCP_CURSOR_SECRET_BYTES],
                                struct mcp_str list, struct mcp_str text, uint64_t *out_position,
                                struct mcp_err *err) MCP_CHECK;

#endif
