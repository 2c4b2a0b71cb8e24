/* SPDX-License-Identifier: MIT */
/* gate.h - may the sender of an arrival do what it asks? Layer: server. Includes: json. */
#ifndef SERVER_GATE_H
#define SERVER_GATE_H

#include "server/call.h"

/*
 * Ask the arrival's gate about every message of `root`, one or a batch. Answers to requests of ours
 * and what is no message are let through.
 *
 *   errors  DENIED  the refusal says so
 */
enum mcp_code mcp_gate_check(const struct mcp_arrival *arrival, const json_t *root,
                             struct mcp_refusal *refusal) MCP_CHECK;

#endif
