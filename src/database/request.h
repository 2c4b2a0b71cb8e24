/* SPDX-License-Identifier: MIT */
/* request.h - one question to a database engine, and its form between processes. Layer: database.
 * Includes: json. */
#ifndef DATABASE_REQUEST_H
#define DATABASE_REQUEST_H

#include "mcp/json.h"

enum database_purpose {
    DATABASE_RUN,
    DATABASE_VALIDATE, /* prepare only: columns, types, parameters */
    DATABASE_EXPLAIN   /* the rows are the engine's plan */
};

/* What text accompanies the JSON rows. */
enum database_format { DATABASE_JSON, DATABASE_CSV, DATABASE_MARKDOWN };

/* Everything is borrowed. Zero but for sql is a plain query. */
struct database_request {
    struct mcp_str sql;
    enum database_purpose purpose;
    enum database_format format;
    bool has_exact_integers; /* integers beyond 2^53 as strings */
    size_t max_rows;         /* 0: the configured bound, which also bounds this */
    const json_t *params;    /* array or object to bind; NULL: none */
};

/*
 * Read the members a caller may set: {"purpose"?: "run" | "validate" | "explain", "format"?: "json"
 * | "csv" | "markdown", "big_integers"?: "number" | "string", "max_rows"?: 1 and more, "params"?:
 * array or object}; others are ignored. `options` NULL is the plain query.
 *
 *   out     out_request  sql is left as it is
 *   errors  SCHEMA, with err->where
 */
enum mcp_code database_request_read(const json_t *options, struct database_request *out_request,
                                    struct mcp_err *err) MCP_CHECK;

/* One frame's text: the options as one line of JSON (empty: none), a newline, the SQL as it is. */
enum mcp_code database_request_write(const json_t *options, struct mcp_str sql, struct mcp_buf *out,
                                     struct mcp_err *err) MCP_CHECK;

/* The reverse; *out_options is a new reference, NULL when there are none, and must live as long as
 * out_request. errors: SYNTAX no newline, or not JSON; SCHEMA. */
enum mcp_code database_request_parse(struct mcp_str frame, struct database_request *out_request,
                                     json_t **out_options, struct mcp_err *err) MCP_CHECK;

#endif
