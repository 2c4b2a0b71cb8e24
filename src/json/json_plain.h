/* SPDX-License-Identifier: MIT */
/* json_plain.h - the short way through short, plain JSON. Layer: json. Includes: base. */
#ifndef MCP_JSON_PLAIN_H
#define MCP_JSON_PLAIN_H

#include <jansson.h>

#include "mcp/buf.h"

enum {
    MCP_JSON_PLAIN_MAX_BYTES = 4096,
    MCP_JSON_PLAIN_MAX_DEPTH = 16, /* containers in one another */
    MCP_JSON_PLAIN_MAX_DIGITS = 18 /* of an integer: all of them fit int64 */
};

/*
 * Build the value of a text such as most messages are: short, shallow, no escape in its strings, no
 * number but integers from 0 up. What is built is what jansson builds of the same text; whatever
 * else the text may be, right or wrong, is left to jansson.
 *
 *   out     *out_root    a new reference
 *   errors  UNSUPPORTED  not plain, which says nothing about whether it is JSON
 *           NOMEM        allocation refused
 *   cost    O(length)
 *   thread  any
 */
enum mcp_code mcp_json_plain_parse(struct mcp_str text, json_t **out_root) MCP_CHECK;

#endif
