/* SPDX-License-Identifier: MIT */
/* describe.h - the catalogue joined with what people wrote about it. Layer: database.
 * Includes: json. */
#ifndef DATABASE_DESCRIBE_H
#define DATABASE_DESCRIBE_H

#include "mcp/json.h"

/*
 * Check the descriptions file:
 * {"description"?: text, "tables"?: {name: {"description"?: text, "columns"?: {name: text}}}}.
 * errors: SCHEMA, with the pointer in err->where. Unknown members are allowed.
 */
enum mcp_code database_describe_check(const json_t *descriptions, struct mcp_err *err) MCP_CHECK;

/*
 * The body of database://metadata: the catalogue with server_name, description, and a description
 * in each table and column that has one.
 *
 *   in      catalogue     from the backend; not changed
 *           descriptions  checked; NULL: none
 *   out     *out_body     a new reference
 *           mismatches    array of sentences, appended to: what is described but does not exist
 */
enum mcp_code database_describe_merge(const json_t *catalogue, const json_t *descriptions,
                                      const char *server_name, json_t **out_body,
                                      json_t *mismatches, struct mcp_err *err) MCP_CHECK;

#endif
