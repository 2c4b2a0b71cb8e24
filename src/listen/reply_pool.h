/* SPDX-License-Identifier: MIT */
/* reply_pool.h - buffers for whole replies, reused. Layer: listen. Includes: base. */
#ifndef MCP_REPLY_POOL_H
#define MCP_REPLY_POOL_H

#include <pthread.h>
#include <stddef.h>

#include "mcp/blob.h"

/* Replies of these sizes are reused; a longer one is allocated and released each time. */
#define MCP_REPLY_POOL_SMALL_BYTES ((size_t)4 * 1024)
#define MCP_REPLY_POOL_BIG_BYTES   ((size_t)128 * 1024)
#define MCP_REPLY_POOL_SMALL_COUNT 64 /* idle buffers of each size kept at most */
#define MCP_REPLY_POOL_BIG_COUNT   8
#define MCP_REPLY_POOL_HEAD_BYTES  ((size_t)512) /* before a remembered blob at most */

struct mcp_reply_slot;

/* thread: any; one lock, held for a few instructions. */
struct mcp_reply_pool {
    pthread_mutex_t lock;           /* guards: idle, idle_count */
    struct mcp_reply_slot *idle[2]; /* small, big */
    size_t idle_count[2];
};

void mcp_reply_pool_init(struct mcp_reply_pool *pool);
void mcp_reply_pool_deinit(
    struct mcp_reply_pool *pool); /* every buffer must have been given back */

/*
 * The parts joined, *out_len bytes; NULL when refused. `shared`: a blob all of which is one of the
 * parts; NULL: none. A big buffer remembers the blob that was joined into it: for the next reply
 * around the same one only what stands before and behind it is written.
 */
char *mcp_reply_pool_join(struct mcp_reply_pool *pool, const struct mcp_str *parts, size_t count,
                          struct mcp_blob *shared, size_t *out_len);

/* Back to the pool it was taken from. NULL is a no-op. */
void mcp_reply_pool_give(char *reply);

#endif
