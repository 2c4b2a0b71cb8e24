/* SPDX-License-Identifier: MIT */
/* pointer.h - JSON Pointer: build, resolve, and find its place in a text. Layer: json. */
#ifndef MCP_POINTER_H
#define MCP_POINTER_H

#include <stddef.h>

#include "mcp/json.h"

/* Append "/" and one reference token, "~" and "/" escaped. */
void mcp_pointer_add_key(struct mcp_buf *pointer, struct mcp_str key);
void mcp_pointer_add_index(struct mcp_buf *pointer, size_t index);

/*
 * The value `pointer` names inside `root`.
 *
 *   errors  SYNTAX     no "/" in front, or "~" before anything but 0 and 1; err->where "byte 4"
 *           NOT_FOUND  err->where is the pointer up to and with the first token that names nothing;
 *                      "-", a leading zero and more than 18 digits name no element
 *   spec    RFC 6901
 */
enum mcp_code mcp_pointer_get(const json_t *root, struct mcp_str pointer, json_t **out_value,
                              struct mcp_err *err) MCP_CHECK;

struct mcp_place {
    size_t line;   /* 1-based */
    size_t column; /* 1-based, in bytes */
};

/*
 * Where in `text` the value named by `pointer` begins; with at_key, where its key begins (an absent
 * member: where its object begins; of an element there is no key). Of equal keys the first counts,
 * a lone surrogate in a key is U+FFFD. Scans as far as it must, at any depth, builds no tree.
 *
 *   errors  NOT_FOUND  no such value; err->where as above
 *           SYNTAX     the pointer, as above; or the text before the value, or the value's first
 *                      byte, is not JSON: err->where is "line:column" of the first byte that
 *                      cannot be, one past the end when the text is cut
 */
enum mcp_code mcp_pointer_locate(struct mcp_str text, struct mcp_str pointer, bool at_key,
                                 struct mcp_place *out_place, struct mcp_err *err) MCP_CHECK;

#endif
