/* SPDX-License-Identifier: MIT */
/* conf_env.h - environment lists and the text of a .env file. Layer: program. Includes: json. */
#ifndef MCP_CONF_ENV_H
#define MCP_CONF_ENV_H

#include "mcp/json.h"

enum { MCP_DOTENV_MAX_BYTES = 65536 };

/* Bytes at the start of `text` that form a variable's name: [A-Za-z_][A-Za-z0-9_]*; 0: none. */
size_t mcp_env_name_len(struct mcp_str text);

/* Value in a NULL-terminated list of NAME=value (the first one counts); NULL when absent. */
const char *mcp_env_get(char *const *envp, struct mcp_str name);

/*
 * Parse a .env file, one setting a line: [export] NAME = value # comment. Lines end in LF or CRLF.
 *
 * A value without quotes ends at " #" and loses blanks around it; in single quotes every byte
 * stands for itself; in double quotes \n \t \r \" \\ \$ are escapes. Nothing is expanded. The last
 * of two equal names counts, as in a shell.
 *
 *   in      name      of the file, for messages
 *   out     *out_env  new object: NAME -> {"value": text, "line": number}
 *   errors  SYNTAX    a line outside the grammar; err->where is ".env line 3"
 *           LIMIT     more than MCP_DOTENV_MAX_BYTES
 */
enum mcp_code mcp_dotenv_parse(struct mcp_str text, const char *name, json_t **out_env,
                               struct mcp_err *err) MCP_CHECK;

#endif
