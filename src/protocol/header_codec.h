/* SPDX-License-Identifier: MIT */
/* header_codec.h - body values in HTTP headers: Mcp-Name and Mcp-Param-*. Layer: protocol. */
#ifndef MCP_HEADER_CODEC_H
#define MCP_HEADER_CODEC_H

#include "mcp/http_text.h"
#include "mcp/json.h"

/* Bounds of the annotations in one input schema. */
enum { MCP_HEADER_MAX_PARAMS = 64, MCP_HEADER_MAX_SCHEMA_DEPTH = 128 };

/* Append a text as a header value: as it is when it is plain printable ASCII without outer white
 * space, else "=?base64?...?=". */
void mcp_header_encode(struct mcp_buf *out, struct mcp_str value);

/* The same for a string, an integer within +-(2^53-1) (also written 42.0) or a boolean. False, and
 * nothing appended, for all other values and for NULL: no header is sent. */
bool mcp_header_encode_json(struct mcp_buf *out, const json_t *value);

/*
 * Append what a header value stands for. Without both markers it stands for itself.
 *
 *   errors  SYNTAX  a byte outside 0x20-0x7E and tab; between the markers not canonical base64, or
 *                   not UTF-8
 *           LIMIT, NOMEM from out
 */
enum mcp_code mcp_header_decode(struct mcp_buf *out, struct mcp_str text,
                                struct mcp_err *err) MCP_CHECK;

/*
 * A header value says what the body says: strings byte for byte, integers by value ("42.0" is 42,
 * within +-(2^53-1)), booleans as "true" or "false". White space around `text` is ignored.
 *
 *   errors  INVALID  it does not; or the body value is none of the three
 *           NOMEM
 */
enum mcp_code mcp_header_compare(struct mcp_str text, const json_t *value,
                                 struct mcp_err *err) MCP_CHECK;

/*
 * Collect the x-mcp-header annotations of a tool's input schema.
 *
 *   out     *out_params  new array of {"header": "Mcp-Param-Region", "path": ["a", "b"]}, in schema
 *                        order; empty when there are none
 *   errors  SCHEMA       an annotation that is not a token, repeats another one (without case),
 *                        stands on a property that is not exactly string, integer or boolean, or
 *                        where it is not reached through properties alone; err->where is a pointer
 *                        into the schema
 *           LIMIT        more than MCP_HEADER_MAX_PARAMS, or nested too deep
 *           NOMEM
 */
enum mcp_code mcp_header_params_collect(json_t *input_schema, json_t **out_params,
                                        struct mcp_err *err) MCP_CHECK;

/* The argument one collected param mirrors; NULL when it is absent or null. Borrowed. */
const json_t *mcp_header_param_value(const json_t *param, const json_t *arguments);

/*
 * Check a request's headers against its arguments. `arguments` may be NULL.
 *
 *   errors  INVALID  a header is missing, repeated, differs, or is sent for an absent value;
 *                    err->where is its name
 *           NOMEM
 */
enum mcp_code mcp_header_params_check(const json_t *params, const json_t *arguments,
                                      const struct mcp_http_head *head,
                                      struct mcp_err *err) MCP_CHECK;

#endif
