/* SPDX-License-Identifier: MIT */
/* elicit.h - whether an answer is one to what a server asks. Layer: client. Includes: json. */
#ifndef MCP_ELICIT_H
#define MCP_ELICIT_H

#include "mcp/json.h"

/* What a client can be asked. */
enum mcp_ask_kind { MCP_ASK_FORM, MCP_ASK_URL, MCP_ASK_SAMPLING, MCP_ASK_ROOTS, MCP_ASK_UNKNOWN };

/* By the method and, of an elicitation, its mode. `params` may be NULL. */
enum mcp_ask_kind mcp_ask_kind_of(const char *method, const json_t *params);

/* "elicitation", "elicitation.url", "sampling", "roots"; "" for UNKNOWN. Static storage. */
const char *mcp_ask_capability(enum mcp_ask_kind kind);

/*
 * Make `result` the answer to a question: the defaults of requestedSchema are filled into the
 * content of an accepted form, content that has no place is removed.
 *
 *   errors  SCHEMA  it is no such answer; err->where is a pointer into it, as far as it helps
 *           NOMEM
 */
enum mcp_code mcp_ask_complete(enum mcp_ask_kind kind, const json_t *params, json_t *result,
                               struct mcp_err *err) MCP_CHECK;

#endif
