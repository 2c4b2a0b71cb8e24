/* SPDX-License-Identifier: MIT */
/* http_status.h - the one place where outcomes become HTTP statuses. Layer: listen. Includes:
 * server. */
#ifndef MCP_HTTP_STATUS_H
#define MCP_HTTP_STATUS_H

#include "mcp/outlet.h"

/* Status line of an answer the server gave: 200, 202, 400, 403, 404 or 503. */
unsigned mcp_http_status_of_outcome(enum mcp_outcome outcome);

/* Status line of a refusal by one of the server's session functions, which name why by code. */
unsigned mcp_http_status_of_code(enum mcp_code code);

#endif
