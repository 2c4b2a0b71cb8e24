/* SPDX-License-Identifier: MIT */
/* postgres_plan.h - EXPLAIN's JSON as rows of a plan. Layer: database. Includes: json. */
#ifndef DATABASE_POSTGRES_PLAN_H
#define DATABASE_POSTGRES_PLAN_H

#include "mcp/json.h"

enum { DATABASE_PLAN_MAX_DEPTH = 100 };

/*
 * Rows {"id", "parent", "detail"} in the order of the plan, parent 0 for the root; the detail is
 * one line: "Seq Scan on sales s (rows=1200): filter (quantity > 3)".
 *
 *   in      text  what EXPLAIN (FORMAT JSON) gives
 *   out     *out_rows  a new reference
 *   errors  SYNTAX, PEER not a plan; LIMIT deeper than 100; NOMEM
 */
enum mcp_code database_postgres_plan(struct mcp_str text, json_t **out_rows,
                                     struct mcp_err *err) MCP_CHECK;

#endif
