/* SPDX-License-Identifier: MIT */
/* uri_template.h - RFC 6570 level 1 templates, matched against URIs. Layer: server. Includes: json.
 */
#ifndef SERVER_URI_TEMPLATE_H
#define SERVER_URI_TEMPLATE_H

#include "mcp/json.h"

enum { MCP_URI_TEMPLATE_MAX_VARIABLES = 16 };

/* A literal and the variable after it; views into the template. */
struct mcp_uri_template_part {
    struct mcp_str literal;
    struct mcp_str variable; /* empty: the template ends here */
};

struct mcp_uri_template {
    struct mcp_uri_template_part parts[MCP_URI_TEMPLATE_MAX_VARIABLES + 1];
    size_t part_count;
};

/*
 * Split "database://schema/{table}". Views live as long as `text`.
 *
 *   errors  SYNTAX  an open or stray brace, a name outside [A-Za-z0-9_.-], an operator ({+x}),
 *                   two variables without text between them; err->where is "byte N"
 *           EXISTS  a name twice
 *           LIMIT   more than 16 variables
 *   spec    RFC 6570 sections 2 and 3.2.2
 */
enum mcp_code mcp_uri_template_parse(struct mcp_str text, struct mcp_uri_template *out_template,
                                     struct mcp_err *err) MCP_CHECK;

/*
 * Match a whole URI: literals byte for byte, each variable the shortest run before the literal that
 * follows, the last one all that stands before the literal at the end; of one byte or more, none of
 * them '/', '?' or '#'. There is no second try: a template whose literals may also stand inside its
 * values is the author's to avoid. An empty template matches an empty URI.
 *
 *   out     *out_values  a new object, variable -> text, percent-decoded
 *   errors  NOT_FOUND    it does not match, or a value does not decode to UTF-8 without NUL, or
 *                        holds a path segment "." or ".." (a traversal)
 *           NOMEM
 *   cost    O(bytes of the URI x variables)
 */
enum mcp_code mcp_uri_template_match(const struct mcp_uri_template *template_, struct mcp_str uri,
                                     json_t **out_values, struct mcp_err *err) MCP_CHECK;

/* True when the template has a variable of that name. */
bool mcp_uri_template_has(const struct mcp_uri_template *template_, struct mcp_str variable);

#endif
