/* SPDX-License-Identifier: MIT */
/* conf_cli.h - command-line words sorted by a settings schema. Layer: program. Includes: json. */
#ifndef MCP_CONF_CLI_H
#define MCP_CONF_CLI_H

#include "mcp/json.h"

/*
 * Sort words into options and the rest; values are not checked yet. The grammar is in conf.h.
 *
 *   out     *out_given       new object: property -> {"option": as written, "texts": [each value]};
 *                            a boolean's text is "true" or "false"
 *           *out_positional  new array of the other words; NULL: such words are refused
 *   errors  INVALID  unknown option, a value missing or not wanted, a word too many, a word that is
 *                    not UTF-8; err->where is "command line"
 */
enum mcp_code mcp_cli_parse(const json_t *schema, int argc, char **argv, json_t **out_given,
                            json_t **out_positional, struct mcp_err *err) MCP_CHECK;

#endif
