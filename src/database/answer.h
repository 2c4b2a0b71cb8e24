/* SPDX-License-Identifier: MIT */
/* answer.h - a worker's reply as MCP results. Layer: database. Includes: protocol. */
#ifndef DATABASE_ANSWER_H
#define DATABASE_ANSWER_H

#include "database/worker_pool.h"
#include "mcp/result.h"

/* {"content": [text], "structuredContent": {columns, rows, row_count, query, truncated, ...}}; the
 * text is the structured content's JSON. errors: NOMEM, LIMIT. */
enum mcp_code database_answer_query(const struct database_reply *reply, const char *query,
                                    struct mcp_result *out_result, struct mcp_err *err) MCP_CHECK;

/* {"contents": [{"uri", "mimeType": "application/json", "text": body}]}, encoded. */
enum mcp_code database_answer_resource(const char *uri, const json_t *body,
                                       struct mcp_result *out_result,
                                       struct mcp_err *err) MCP_CHECK;

#endif
