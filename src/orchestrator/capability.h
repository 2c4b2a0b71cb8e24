/* SPDX-License-Identifier: MIT */
/* capability.h - what the file expects of a server against what it declares. Layer: orchestrator.
 * Includes: json. */
#ifndef ORCH_CAPABILITY_H
#define ORCH_CAPABILITY_H

#include "mcp/json.h"

enum orch_offer {
    ORCH_OFFERED,
    ORCH_NOT_OFFERED,
    ORCH_OFFER_UNKNOWN /* the name of a tool, and its tools are not known yet */
};

/*
 * Whether a server offers what a word of `capabilities` says. Words for a feature are "resources",
 * "list_resources", "read_resource", "tools", "list_tools", "call_tool", "prompts" and so on; any
 * other word is the name of a tool.
 *
 *   in  declared  the server's capabilities, an object
 *       tools     its tools, an array of objects with "name"; NULL: not known
 */
enum orch_offer orch_capability_check(struct mcp_str word, const json_t *declared,
                                      const json_t *tools);

/* Whether checking this word takes the list of tools. */
bool orch_capability_is_tool(struct mcp_str word);

/*
 * All words of `expected` (an array of strings, or NULL) checked.
 *
 *   in   declared  NULL: the server was never reached
 *   out  *out      a new object {"expected": [...], "declared": [...] or null, "missing": [...],
 *                  "unchecked": [...]}: feature names are declared, words are missing
 */
enum mcp_code orch_capability_compare(const json_t *expected, const json_t *declared,
                                      const json_t *tools, json_t **out,
                                      struct mcp_err *err) MCP_CHECK;

#endif
