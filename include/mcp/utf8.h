/* SPDX-License-Identifier: MIT */
/* utf8.h - validity, decoding and repair of UTF-8. Layer: base. Includes: buf. */
#ifndef MCP_UTF8_H
#define MCP_UTF8_H

#include <stdint.h>

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of the longest valid prefix; equal to bytes.len when all of it is valid (RFC 3629). */
size_t mcp_utf8_valid_prefix(struct mcp_str bytes);

/* Decode the code point at *at and advance *at; U+FFFD, one byte forward, when it is malformed. */
uint32_t mcp_utf8_next(struct mcp_str bytes, size_t *at);

/* Append one code point; U+FFFD when it is a surrogate or beyond U+10FFFF. */
void mcp_utf8_add(struct mcp_buf *buf, uint32_t code_point);

/* Append `bytes` with each malformed byte replaced by U+FFFD; true when nothing was replaced. */
bool mcp_utf8_repair(struct mcp_buf *buf, struct mcp_str bytes);

/* Append `bytes` safe for one line of a terminal or a log: control, bidi and line-separator code
 * points as \xNN or \uNNNN, malformed bytes as \xNN. */
void mcp_utf8_add_printable(struct mcp_buf *buf, struct mcp_str bytes);

/* Code points in valid text, for "at most 64 characters". */
size_t mcp_utf8_length(struct mcp_str text);

#ifdef __cplusplus
}
#endif

#endif
