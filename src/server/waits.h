/* SPDX-License-Identifier: MIT */
/* waits.h - calls that wait for a legacy client's answers. Layer: server. Includes: wire. */
#ifndef SERVER_WAITS_H
#define SERVER_WAITS_H

#include "mcp/input.h"
#include "mcp/jsonrpc.h"
#include "server/inflight.h"

/* The requests one call has sent, with consecutive ids. Embedded or allocated by its owner. */
struct mcp_wait {
    struct mcp_list in_all;
    struct mcp_inflight_entry *entry; /* of the call */
    const char *session_id;           /* borrowed; whose answers count */
    int64_t first_id;
    size_t count;
    size_t missing; /* requests without a reply */
    uint64_t deadline_ms;
    struct mcp_jsonrpc replies[MCP_INPUT_MAX_QUESTIONS]; /* owned; root NULL: none came */
};

/*
 * Owns nothing and allocates nothing.
 *   thread  none: the owner locks
 */
struct mcp_waits {
    struct mcp_list all;
};

void mcp_waits_init(struct mcp_waits *waits);
void mcp_waits_add(struct mcp_waits *waits, struct mcp_wait *wait); /* missing = count */
void mcp_wait_deinit(struct mcp_wait *wait);                        /* lets the replies go */

/* A result or error came in this session. The wait that is complete with it, taken out; NULL when
 * more are missing, or nobody waits for it. */
struct mcp_wait *mcp_waits_reply(struct mcp_waits *waits, struct mcp_str session_id,
                                 const struct mcp_jsonrpc *message);

/* The wait of that call, or one whose deadline has come, taken out; NULL when there is none. */
struct mcp_wait *mcp_waits_take(struct mcp_waits *waits, const struct mcp_inflight_entry *entry);
struct mcp_wait *mcp_waits_overdue(struct mcp_waits *waits, uint64_t now_ms);

#endif
