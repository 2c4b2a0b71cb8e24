/* SPDX-License-Identifier: MIT */
/* admit_modern.h - the validation ladder of 2026-07-28. Layer: server. Includes: wire protocol. */
#ifndef SERVER_ADMIT_MODERN_H
#define SERVER_ADMIT_MODERN_H

#include "server/call.h"

/* See mcp_admit_request. spec: 2026-07-28, Streamable HTTP and versioning; the order matters:
 * repeated headers, `_meta`, its version against the header's, Mcp-Method, Mcp-Name, the version
 * itself, Mcp-Param-*, the method. On stdio there are no headers to check. */
enum mcp_code mcp_admit_modern(struct mcp_call *call, const struct mcp_arrival *arrival,
                               struct mcp_refusal *refusal) MCP_CHECK;

/* Refuse for `fault`: returns INVALID with `what` and, in quotes, `name` (NULL: none). */
enum mcp_code mcp_refusal_because(struct mcp_refusal *refusal, enum mcp_fault fault,
                                  const char *what, const char *name);

/* What a full or a stopping table says becomes a refusal. Returns err->code. */
enum mcp_code mcp_refusal_of_state(struct mcp_refusal *refusal);

#endif
