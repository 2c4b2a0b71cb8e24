/* SPDX-License-Identifier: MIT */
/* reply_pool.c - see reply_pool.h. Pure but for its lock. */
#include "listen/reply_pool.h"

#include <stdbool.h>
#include <stdint.h>

#include "mcp/alloc.h"

enum { SMALL, BIG, UNPOOLED };

/* In front of every buffer. */
struct mcp_reply_slot {
    union {
        struct mcp_reply_slot *next; /* while idle */
        struct mcp_reply_pool *pool; /* while lent */
    } of;
    size_t kind;
};

static const size_t class_bytes[] = {MCP_REPLY_POOL_SMALL_BYTES, MCP_REPLY_POOL_BIG_BYTES};
static const size_t class_count[] = {MCP_REPLY_POOL_SMALL_COUNT, MCP_REPLY_POOL_BIG_COUNT};

void mcp_reply_pool_init(struct mcp_reply_pool *pool) {
    *pool = (struct mcp_reply_pool){0};
    (void)pthread_mutex_init(&pool->lock, NULL);
}

void mcp_reply_pool_deinit(struct mcp_reply_pool *pool) {
    for (size_t kind = SMALL; kind < UNPOOLED; kind++) {
        while (pool->idle[kind] != NULL) {
            struct mcp_reply_slot *slot = pool->idle[kind];
            pool->idle[kind] = slot->of.next;
            mcp_free(slot);
        }
    }
    (void)pthread_mutex_destroy(&pool->lock);
}

static struct mcp_reply_slot *take_idle(struct mcp_reply_pool *pool, size_t kind) {
    (void)pthread_mutex_lock(&pool->lock);
    struct mcp_reply_slot *slot = pool->idle[kind];
    if (slot != NULL) {
        pool->idle[kind] = slot->of.next;
        pool->idle_count[kind]--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return slot;
}

char *mcp_reply_pool_take(struct mcp_reply_pool *pool, size_t bytes) {
    size_t kind = SMALL;
    while (kind < UNPOOLED && bytes > class_bytes[kind])
        kind++;
    struct mcp_reply_slot *slot = kind < UNPOOLED ? take_idle(pool, kind) : NULL;
    size_t room = kind < UNPOOLED ? class_bytes[kind] : bytes;
    if (slot == NULL && room <= SIZE_MAX - sizeof *slot)
        slot = mcp_realloc(NULL, sizeof *slot + room); /* not mcp_alloc: no need to clear it */
    if (slot == NULL)
        return NULL;
    slot->of.pool = pool;
    slot->kind = kind;
    return (char *)(slot + 1);
}

void mcp_reply_pool_give(char *buffer) {
    if (buffer == NULL)
        return;
    struct mcp_reply_slot *slot = (struct mcp_reply_slot *)(void *)buffer - 1;
    struct mcp_reply_pool *pool = slot->of.pool;
    size_t kind = slot->kind;
    bool is_kept = false;
    if (kind < UNPOOLED) {
        (void)pthread_mutex_lock(&pool->lock);
        is_kept = pool->idle_count[kind] < class_count[kind];
        if (is_kept) {
            slot->of.next = pool->idle[kind];
            pool->idle[kind] = slot;
            pool->idle_count[kind]++;
        }
        (void)pthread_mutex_unlock(&pool->lock);
    }
    if (!is_kept)
        mcp_free(slot);
}
