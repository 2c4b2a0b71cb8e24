/* SPDX-License-Identifier: MIT */
/* json_shield.h - no refused allocation for libraries that overlook one. Layer: json. Includes:
 * json. */
#ifndef MCP_JSON_SHIELD_H
#define MCP_JSON_SHIELD_H

#include "mcp/json.h"

/*
 * jansson 2.14 overlooks a refused allocation while it reads a string, and then walks past the end
 * of what it kept; libraries that build on it overlook others. So from begin to end nothing that
 * jansson asks for on this thread is refused: the refusal is remembered, the memory is given all
 * the same. What is made meanwhile must be bounded by other means, and is not to be trusted when
 * end tells that something was refused. Does not nest; mcp_json_parse has one of its own.
 */
void mcp_json_shield_begin(void);
bool mcp_json_shield_end(void); /* true: something was refused */

/* True once something was refused since begin: a reader may stop early. */
bool mcp_json_shield_is_hit(void);

#endif
