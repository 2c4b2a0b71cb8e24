/* SPDX-License-Identifier: MIT */
/* reply_pool.h - buffers for whole replies, reused. Layer: listen. Includes: base. */
#ifndef MCP_REPLY_POOL_H
#define MCP_REPLY_POOL_H

#include <pthread.h>
#include <stddef.h>

/* Replies of these sizes are reused; a longer one is allocated and released each time. */
#define MCP_REPLY_POOL_SMALL_BYTES ((size_t)4 * 1024)
#define MCP_REPLY_POOL_BIG_BYTES   ((size_t)128 * 1024)
#define MCP_REPLY_POOL_SMALL_COUNT 64 /* idle buffers of each size kept at most */
#define MCP_REPLY_POOL_BIG_COUNT   8

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

/* Room for `bytes`, not cleared; NULL when refused. Only its size class is reused. */
char *mcp_reply_pool_take(struct mcp_reply_pool *pool, size_t bytes);

/* Back to the pool it was taken from. NULL is a no-op. */
void mcp_reply_pool_give(char *buffer);

#endif
