/* SPDX-License-Identifier: MIT */
/* conf_yaml.h - a bounded subset of YAML as JSON values, with places. Layer: program. */
#ifndef MCP_CONF_YAML_H
#define MCP_CONF_YAML_H

#include "json/pointer.h"

/*
 * Parse one YAML document (1.1 core scalars: null, true/false, integers, reals, strings) through
 * libyaml's events: depth at most 32, 20,000 events, 256 KiB; anchors, aliases, tags, merge keys,
 * duplicate and non-string keys, and a second document are errors.
 *
 *   errors  SYNTAX, LIMIT, UNSUPPORTED; err->where is "line:column"
 */
enum mcp_code mcp_yaml_parse(struct mcp_str text, json_t **out_root, struct mcp_err *err) MCP_CHECK;

/* Where in the text the value (or its key) named by the JSON pointer stands. As pointer_locate. */
enum mcp_code mcp_yaml_locate(struct mcp_str text, struct mcp_str pointer, bool at_key,
                              struct mcp_place *out_place, struct mcp_err *err) MCP_CHECK;

/*
 * Replace ${NAME} in every string value by the environment's; $${ is a literal ${.
 * errors: NOT_FOUND an unset variable; err->where is the pointer of the value.
 */
enum mcp_code mcp_conf_expand(json_t *root, char *const *envp, struct mcp_err *err) MCP_CHECK;

#endif
