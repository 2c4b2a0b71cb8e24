/* SPDX-License-Identifier: MIT */
/* tool_headers.h - which tools can be called over modern HTTP, and what they mirror. Layer: client.
 * Includes: protocol. */
#ifndef MCP_TOOL_HEADERS_H
#define MCP_TOOL_HEADERS_H

#include "mcp/json.h"

enum { MCP_TOOL_HEADERS_MAX_TOOLS = 10000 }; /* remembered; those over it mirror nothing */

/* A tool was taken out of the list; `why` names it and says where its schema breaks the rules. */
typedef void(mcp_tool_dropped_fn)(void *user, const struct mcp_err *why);

/*
 * One page of tools/list: tools whose x-mcp-header annotations break the rules are taken out of
 * `tools`; what the others mirror is kept in `headers`, {name: params of header_codec.h}, and of
 * those that mirror nothing any more it is forgotten.
 *
 *   in      on_dropped  may be NULL
 *   errors  NOMEM       `tools` and `headers` may have been changed in part
 *   spec    2026-07-28 tools, x-mcp-header
 */
enum mcp_code mcp_tool_headers_take(json_t *tools, json_t *headers, mcp_tool_dropped_fn *on_dropped,
                                    void *user, struct mcp_err *err) MCP_CHECK;

#endif
