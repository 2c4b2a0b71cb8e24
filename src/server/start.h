/* SPDX-License-Identifier: MIT */
/* start.h - what a server says about itself, encoded once. Layer: server. Includes: protocol. */
#ifndef SERVER_START_H
#define SERVER_START_H

#include "server/engine.h"

/* Fill the parts of the engine that are made at start. errors: NOMEM; IO no randomness. On failure
 * what was made is left for free. */
enum mcp_code mcp_engine_prepare(struct mcp_server *server, struct mcp_err *err) MCP_CHECK;
void mcp_engine_unprepare(struct mcp_server *server);

#endif
