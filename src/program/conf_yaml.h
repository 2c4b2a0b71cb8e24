/* SPDX-License-Identifier: MIT */
/* conf_yaml.h - a bounded subset of YAML as JSON values, with places. Layer: program. */
#ifndef MCP_CONF_YAML_H
#define MCP_CONF_YAML_H

#include "json/pointer.h"

enum {
    MCP_YAML_MAX_BYTES = 262144, /* of one text: 256 KiB */
    MCP_YAML_MAX_EVENTS = 50000, /* scalars count one, sequences and mappings two */
    MCP_YAML_MAX_DEPTH = 32,     /* sequences and mappings inside one another */
    MCP_EXPAND_MAX_BYTES = 65536 /* of one string after its variables are replaced */
};

/*
 * Parse one YAML document through libyaml's events. An empty text is null.
 *
 * Plain scalars are null, true, false, integers (decimal, 0x), reals and strings. What YAML 1.1 and
 * 1.2 read differently is refused instead of guessed: yes/no/on/off, 010, 0o10, 0b1, 1_000, 12:30.
 * Anchors, aliases, tags, merge keys, duplicate and non-string keys, .inf, .nan, U+0000 and a
 * second document are errors.
 *
 *   in      text       UTF-8, a byte order mark is skipped
 *   out     *out_root  a new reference
 *   errors  SYNTAX       not YAML, or a duplicate key (the message names the first one's line)
 *           UNSUPPORTED  YAML outside the subset
 *           LIMIT        size, events, depth; a number outside int64 or double
 *           err->where is "line:column", 1-based, columns in characters
 *   cost    O(length)
 *   thread  any
 */
enum mcp_code mcp_yaml_parse(struct mcp_str text, json_t **out_root, struct mcp_err *err) MCP_CHECK;

/*
 * Where in the text the value named by the JSON pointer begins; with at_key, its key (an absent
 * member: where its mapping begins). The column counts characters.
 *
 *   errors  NOT_FOUND; those of mcp_yaml_parse for what stands before the place
 */
enum mcp_code mcp_yaml_locate(struct mcp_str text, struct mcp_str pointer, bool at_key,
                              struct mcp_place *out_place, struct mcp_err *err) MCP_CHECK;

/*
 * Replace ${NAME} in every string value of `root`, in place, by the environment's; $${ is a literal
 * ${, any other $ stands for itself. Keys are left alone. On failure `root` may be half replaced.
 *
 *   in      root   at most MCP_YAML_MAX_DEPTH deep, as mcp_yaml_parse leaves it
 *   errors  NOT_FOUND  an unset variable
 *           SYNTAX     ${ without a name and }
 *           INVALID    the variable's value is not UTF-8
 *           LIMIT      depth, or a string longer than MCP_EXPAND_MAX_BYTES
 *           err->where is the pointer of the value
 */
enum mcp_code mcp_conf_expand(json_t *root, char *const *envp, struct mcp_err *err) MCP_CHECK;

#endif
