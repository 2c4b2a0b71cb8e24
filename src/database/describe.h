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

/* What people wrote; borrowed. */
struct database_writing {
    const char *server_name;
    const json_t *descriptions; /* checked; NULL: none */
    const json_t *exposure;     /* {"allow"?, "deny"?: [table or table.column]}; NULL: all */
};

/*
 * The body of database://metadata: the catalogue with server_name, description, and a description
 * in each table and column that has one.
 *
 *   in      catalogue     from the backend; not changed
 *   out     *out_body     a new reference
 *           mismatches    array of sentences, appended to: what is described but does not exist.
 *                         What is hidden on purpose is no mismatch, and is not named
 */
enum mcp_code database_describe_merge(const json_t *catalogue,
                                      const struct database_writing *writing, json_t **out_body,
                                      json_t *mismatches, struct mcp_err *err) MCP_CHECK;

#endif
