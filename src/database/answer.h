/* SPDX-License-Identifier: MIT */
/* answer.h - a worker's reply as MCP results. Layer: database. Includes: protocol. */
#ifndef DATABASE_ANSWER_H
#define DATABASE_ANSWER_H

#include "database/worker_pool.h"
#include "mcp/result.h"

/* {"content": [text], "structuredContent": {columns, types, rows, row_count, query, truncated,
 * ...}}; the text is the reply's CSV or Markdown (with a last line when rows were cut), else the
 * structured content's JSON. errors: NOMEM, LIMIT. */
enum mcp_code database_answer_query(const struct database_reply *reply, const char *query,
                                    struct mcp_result *out_result, struct mcp_err *err) MCP_CHECK;

/* {"valid": true, "columns", "types", "parameters"}. */
enum mcp_code database_answer_validation(const struct database_reply *reply,
                                         struct mcp_result *out_result,
                                         struct mcp_err *err) MCP_CHECK;

/* {"plan": [{"id", "parent", "detail"}], "full_scans": [table]}. */
enum mcp_code database_answer_plan(const struct database_reply *reply,
                                   struct mcp_result *out_result, struct mcp_err *err) MCP_CHECK;

/* `body` as structured content and text. */
enum mcp_code database_answer_json(const json_t *body, struct mcp_result *out_result,
                                   struct mcp_err *err) MCP_CHECK;

/* {"contents": [{"uri", "mimeType": "application/json", "text": body}]}, encoded. */
enum mcp_code database_answer_resource(const char *uri, const json_t *body,
                                       struct mcp_result *out_result,
                                       struct mcp_err *err) MCP_CHECK;
/* The same; `text` is JSON as our writers make it. */
enum mcp_code database_answer_resource_text(const char *uri, struct mcp_str text,
                                            struct mcp_result *out_result,
                                            struct mcp_err *err) MCP_CHECK;

/* The structured content of a query, as JSON text; takes reply->storage when there is one. `out` is
 * empty before. */
enum mcp_code database_answer_rows(const struct database_reply *reply, const char *query,
                                   struct mcp_buf *out, struct mcp_err *err) MCP_CHECK;

#endif
