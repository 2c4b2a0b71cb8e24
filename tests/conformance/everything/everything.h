/* SPDX-License-Identifier: MIT */
/* everything.h - parts of the fixture server that the official suites ask for. */
#ifndef EVERYTHING_H
#define EVERYTHING_H

#include "mcp/input.h"
#include "mcp/listen.h"

/* Each registers its part; `server` is also their handlers' user. */
enum mcp_code everything_add_tools(struct mcp_server *server, struct mcp_err *err) MCP_CHECK;
enum mcp_code everything_add_legacy_input(struct mcp_server *server, struct mcp_err *err) MCP_CHECK;
enum mcp_code everything_add_input(struct mcp_server *server, struct mcp_err *err) MCP_CHECK;
enum mcp_code everything_add_others(struct mcp_server *server, struct mcp_err *err) MCP_CHECK;

/* A tool without arguments that only reads, or as `schema` says. */
enum mcp_code everything_add_tool(struct mcp_server *server, const char *name,
                                  const char *description, const char *schema, mcp_tool_fn *run,
                                  struct mcp_err *err) MCP_CHECK;

/* {"content": [<block>...]}; takes the array, which may be NULL: out of memory. */
enum mcp_code everything_give(struct mcp_result *result, json_t *content,
                              struct mcp_err *err) MCP_CHECK;
enum mcp_code everything_say(struct mcp_result *result, struct mcp_err *err, const char *format,
                             ...) MCP_PRINTF(3, 4) MCP_CHECK;

/* Compact JSON text of a value, to be freed with mcp_free. NULL: out of memory. */
char *everything_text(const json_t *value);

#define EVERYTHING_PNG                                                                             \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5Er"    \
    "kJggg=="
#define EVERYTHING_WAV "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="

#endif
