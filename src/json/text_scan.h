/* SPDX-License-Identifier: MIT */
/* text_scan.h - step over JSON text without building values. Layer: json. Includes: json. */
#ifndef MCP_TEXT_SCAN_H
#define MCP_TEXT_SCAN_H

#include "json/pointer.h"

/*
 * A place in a JSON text. Steps are strict (RFC 8259, valid UTF-8, at most MCP_JSON_MAX_DEPTH deep)
 * and need no memory. A step that returns false leaves `at` at the first byte that cannot continue
 * a JSON text, or at the end.
 */
struct mcp_text_scan {
    struct mcp_str text;
    size_t at;
};

/* The byte at the place; '\0' at the end (no JSON text has one outside its strings). */
char mcp_text_scan_peek(const struct mcp_text_scan *scan);

void mcp_text_scan_space(struct mcp_text_scan *scan);

/* One byte, after white space. */
bool mcp_text_scan_byte(struct mcp_text_scan *scan, char byte);

/* One string; *out_inside is what stands between its quotes, escapes and all. */
bool mcp_text_scan_string(struct mcp_text_scan *scan, struct mcp_str *out_inside);

/* One value of any kind, after white space. */
bool mcp_text_scan_value(struct mcp_text_scan *scan);

/* Line and column of a byte of the text. */
struct mcp_place mcp_text_scan_place(struct mcp_str text, size_t at);

/* Append the inside of a scanned string with its escapes resolved. */
void mcp_text_scan_unescape(struct mcp_str inside, struct mcp_buf *out);

#endif
