/* SPDX-License-Identifier: MIT */
/* result_check.h - does what a tool answers keep what its output schema promises? Layer: server.
 * Includes: json. */
#ifndef SERVER_RESULT_CHECK_H
#define SERVER_RESULT_CHECK_H

#include "mcp/result.h"
#include "mcp/schema.h"

/*
 * A result that is no error (isError true) must have structuredContent, and it must meet the
 * schema. Where it is carried as bytes (mcp_result_set_encoded) it is taken as it is: reading it
 * again would cost more than making it did, and whoever encodes it knows what it has.
 *
 *   in      output  NULL: nothing was promised
 *   errors  err->where is "/structuredContent" and the place in it
 *           SCHEMA  it is missing or does not meet the schema
 *           LIMIT   checking it takes more than mcp_schema_validate may
 *           NOMEM
 *   thread  any
 *   spec    server/tools "Output Schema" of 2025-06-18 and later
 */
enum mcp_code mcp_result_check(const struct mcp_result *result, const struct mcp_schema *output,
                               struct mcp_err *err) MCP_CHECK;

#endif
