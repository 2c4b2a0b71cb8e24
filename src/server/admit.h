/* SPDX-License-Identifier: MIT */
/* admit.h - who asks, in which era, and may they. Layer: server. Includes: wire protocol. */
#ifndef SERVER_ADMIT_H
#define SERVER_ADMIT_H

#include "server/call.h"

/*
 * The only place that knows eras. A modern request says who asks in its `_meta`; a legacy one
 * names the session that `initialize` created.
 */

/*
 * Admit a request: on MCP_OK its peer, method and feature are known and it is in flight (except
 * initialize, which cannot be cancelled). On failure the refusal says why, and `call->peer.version`
 * in whose words.
 */
enum mcp_code mcp_admit_request(struct mcp_call *call, const struct mcp_arrival *arrival,
                                struct mcp_refusal *refusal) MCP_CHECK;

/* Act on a notification, or take an answer to a request of ours. Refused only for what is wrong
 * with its session or headers. */
enum mcp_code mcp_admit_notice(struct mcp_server *server, const struct mcp_arrival *arrival,
                               const struct mcp_jsonrpc *message,
                               struct mcp_refusal *refusal) MCP_CHECK;

/* May this peer send a batch? */
enum mcp_code mcp_admit_batch(struct mcp_server *server, const struct mcp_arrival *arrival,
                              struct mcp_refusal *refusal) MCP_CHECK;

/* In which era's words an arrival that is no message is refused. `params` may be NULL. */
enum mcp_version mcp_admit_era(const struct mcp_arrival *arrival, const json_t *params);

#endif
