/* SPDX-License-Identifier: MIT */
/* yaml_scalar.h - what a plain YAML scalar means as JSON. Layer: program. Includes: json. */
#ifndef MCP_YAML_SCALAR_H
#define MCP_YAML_SCALAR_H

#include "mcp/json.h"

/*
 * The value of an unquoted scalar: null, a boolean, an integer, a real or a string.
 *
 *   in      text         NUL-terminated, as libyaml gives it
 *   errors  UNSUPPORTED  read differently by YAML 1.1 and 1.2, or without a JSON equivalent
 *           LIMIT        a number outside int64 or double
 *   thread  any
 */
enum mcp_code mcp_yaml_scalar(const char *text, json_t **out_value, struct mcp_err *err) MCP_CHECK;

#endif
