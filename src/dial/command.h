/* SPDX-License-Identifier: MIT */
/* command.h - find a program and make its environment. Layer: dial. Includes: base. */
#ifndef MCP_COMMAND_H
#define MCP_COMMAND_H

#include "mcp/err.h"

/*
 * The absolute path of a program: `name` itself when it is absolute, else the first match in the
 * PATH of this process.
 *
 *   errors  INVALID    relative with a slash in it: what it means would depend on where we started
 *           NOT_FOUND  no such program
 *           DENIED     not a regular file, not executable, or writable by everybody
 */
enum mcp_code mcp_command_find(const char *name, char **out_path, struct mcp_err *err) MCP_CHECK;

/* HOME LOGNAME PATH SHELL TERM USER of this process where set, then `added` (NAME=value, may be
 * NULL), which wins. Release with mcp_command_env_free. errors: NOMEM. */
enum mcp_code mcp_command_env(char *const *added, char ***out_env, struct mcp_err *err) MCP_CHECK;

/* A NULL-terminated array of texts, both owned. */
void mcp_command_env_free(char **env);

#endif
