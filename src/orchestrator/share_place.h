/* SPDX-License-Identifier: MIT */
/* share_place.h - where child processes run, and as whom. Layer: orchestrator. Includes: base. */
#ifndef ORCH_SHARE_PLACE_H
#define ORCH_SHARE_PLACE_H

#include "mcp/buf.h"

enum { ORCH_SHARE_PLACE_BYTES = 256 << 10 };

/* Append host, user, directory and the variables that children get. errors: NOMEM, LIMIT. */
enum mcp_code orch_share_place(struct mcp_buf *out, struct mcp_err *err) MCP_CHECK;

#endif
