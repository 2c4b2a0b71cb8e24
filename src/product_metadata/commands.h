/* SPDX-License-Identifier: MIT */
/* commands.h - what the program does beside serving. Layer: product_metadata. */
#ifndef PRODUCT_COMMANDS_H
#define PRODUCT_COMMANDS_H

#include <stdint.h>

#include "mcp/json.h"

/* The words after the command's name. Each returns the exit code. */
int product_command_generate(int argc, char **argv);
int product_command_check(int argc, char **argv);
int product_command_import(int argc, char **argv);

/* Options of a command: from the command line alone. errors: as mcp_conf_resolve. */
enum mcp_code product_command_options(const json_t *schema, int argc, char **argv,
                                      json_t **out_values, json_t **out_words,
                                      struct mcp_err *err) MCP_CHECK;

/* The one word a command takes. errors: INVALID; err->where is "command line". */
enum mcp_code product_command_file(const json_t *words, const char **out_path,
                                   struct mcp_err *err) MCP_CHECK;

/* The value of --last-updated: "now" or a time. errors: INVALID; err->where is "command line". */
enum mcp_code product_command_time(const char *text, int64_t *out_wall_ms,
                                   struct mcp_err *err) MCP_CHECK;

#endif
