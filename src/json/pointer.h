/* SPDX-License-Identifier: MIT */
/* pointer.h - JSON Pointer: build, resolve, and find its place in a text. Layer: json. */
#ifndef MCP_POINTER_H
#define MCP_POINTER_H

#include <stddef.h>

#include "mcp/json.h"

/* Append "/" and one reference token, "~" and "/" escaped. */
void mcp_pointer_add_key(struct mcp_buf *pointer, struct mcp_str key);
void mcp_pointer_add_index(struct mcp_buf *pointer, size_t index);

/* The value `pointer` names inside `root`. errors: SYNTAX, NOT_FOUND. spec: RFC 6901. */
enum mcp_code mcp_pointer_get(const json_t *root, struct mcp_str pointer, json_t **out_value,
                              struct mcp_err *err) MCP_CHECK;

struct mcp_place {
    size_t line;   /* 1-based */
    size_t column; /* 1-based, in bytes */
};

/*
 * Where in `text` (valid JSON) the value named by `pointer` begins; with at_key, where its key
 * begins (an absent member: where its object begins). Scans, builds no tree.
 *
 *   errors  NOT_FOUND  no such value; SYNTAX  text is not JSON up to there
 */
enum mcp_code mcp_pointer_locate(struct mcp_str text, struct mcp_str pointer, bool at_key,
                                 struct mcp_place *out_place, struct mcp_err *err) MCP_CHECK;

#endif
