/* SPDX-License-Identifier: MIT */
/* conf_value.h - the text of one setting as a checked value. Layer: program. Includes: json. */
#ifndef MCP_CONF_VALUE_H
#define MCP_CONF_VALUE_H

#include "mcp/json.h"

enum { MCP_CONF_MAX_ITEMS = 1000 }; /* of an array without maxItems */

/*
 * Read a variable's text, or the words given for an option, as `property` (a schema, conf.h) wants.
 *
 *   in      setting  as its user knows it: "PORT", "--port"
 *   errors  INVALID  `PORT is "abc": expected an integer from 0 to 65535`
 */
enum mcp_code mcp_conf_value_of_variable(const json_t *property, const char *setting,
                                         struct mcp_str text, json_t **out_value,
                                         struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_conf_value_of_words(const json_t *property, const char *setting,
                                      const json_t *texts, json_t **out_value,
                                      struct mcp_err *err) MCP_CHECK;

/* What is allowed, in words: `one of "sse", "stdio"`; `an integer from 0 to 65535`. */
void mcp_conf_value_expected(const json_t *property, struct mcp_buf *out);

#endif
