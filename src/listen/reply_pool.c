/* SPDX-License-Identifier: MIT */
/* reply_pool.c - see reply_pool.h. Pure but for its lock. */
#include "listen/reply_pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mcp/alloc.h"

enum { SMALL, BIG, UNPOOLED };

/*
 * In front of every buffer. A reply begins behind a pointer to its slot: at the start of the
 * buffer, or so far in that a remembered blob stays where it is.
 */
struct mcp_reply_slot {
    union {
        struct mcp_reply_slot *next; /* while idle */
        struct mcp_reply_pool *pool; /* while lent */
    } of;
    size_t kind;
    struct mcp_blob *blob; /* whose bytes are at BLOB_AT; NULL: none */
    char bytes[];
};

enum { SLOT_POINTER_BYTES = sizeof(struct mcp_reply_slot *) };
#define BLOB_AT (SLOT_POINTER_BYTES + MCP_REPLY_POOL_HEAD_BYTES)

static const size_t class_bytes[] = {MCP_REPLY_POOL_SMALL_BYTES, MCP_REPLY_POOL_BIG_BYTES};
static const size_t class_count[] = {MCP_REPLY_POOL_SMALL_COUNT, MCP_REPLY_POOL_BIG_COUNT};

void mcp_reply_pool_init(struct mcp_reply_pool *pool) {
    *pool = (struct mcp_reply_pool){0};
    (void)pthread_mutex_init(&pool->lock, NULL);
}

static void free_slot(struct mcp_reply_slot *slot) {
    mcp_blob_unref(slot->blob);
    mcp_free(slot);
}

void mcp_reply_pool_deinit(struct mcp_reply_pool *pool) {
    for (size_t kind = SMALL; kind < UNPOOLED; kind++) {
        while (pool->idle[kind] != NULL) {
            struct mcp_reply_slot *slot = pool->idle[kind];
            pool->idle[kind] = slot->of.next;
            free_slot(slot);
        }
    }
    (void)pthread_mutex_destroy(&pool->lock);
}

/* Best the one that remembers the same. */
static struct mcp_reply_slot *take_idle(struct mcp_reply_pool *pool, size_t kind,
                                        const struct mcp_blob *blob) {
    (void)pthread_mutex_lock(&pool->lock);
    struct mcp_reply_slot **at = &pool->idle[kind];
    while (*at != NULL && (*at)->blob != blob)
        at = &(*at)->of.next;
    if (*at == NULL)
        at = &pool->idle[kind];
    struct mcp_reply_slot *slot = *at;
    if (slot != NULL) {
        *at = slot->of.next;
        pool->idle_count[kind]--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return slot;
}

static struct mcp_reply_slot *take(struct mcp_reply_pool *pool, size_t bytes,
                                   const struct mcp_blob *blob) {
    size_t kind = SMALL;
    while (kind < UNPOOLED && bytes > class_bytes[kind])
        kind++;
    struct mcp_reply_slot *slot = kind < UNPOOLED ? take_idle(pool, kind, blob) : NULL;
    if (slot == NULL) {
        size_t room = sizeof *slot + SLOT_POINTER_BYTES;
        size_t wanted = kind < UNPOOLED ? class_bytes[kind] : bytes;
        if (wanted > SIZE_MAX - room)
            return NULL;
        slot = mcp_realloc(NULL, room + wanted); /* not mcp_alloc: no need to clear it */
        if (slot == NULL)
            return NULL;
        slot->blob = NULL;
    }
    slot->of.pool = pool;
    slot->kind = kind;
    return slot;
}

static void forget(struct mcp_reply_slot *slot) {
    mcp_blob_unref(slot->blob);
    slot->blob = NULL;
}

static char *write_parts(char *at, const struct mcp_str *parts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0)
            memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    return at;
}

static size_t length_of(const struct mcp_str *parts, size_t count) {
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    return len;
}

/* Which part it is; count: it is not worth remembering, or what goes before it is too long. */
static size_t find_part(const struct mcp_str *parts, size_t count, const struct mcp_blob *blob) {
    struct mcp_str whole = blob != NULL ? mcp_blob_view(blob) : MCP_STR("");
    size_t i = 0;
    if (whole.len <= MCP_REPLY_POOL_SMALL_BYTES)
        return count;
    while (i < count && (parts[i].ptr != whole.ptr || parts[i].len != whole.len))
        i++;
    return length_of(parts, i) <= MCP_REPLY_POOL_HEAD_BYTES ? i : count;
}

static char *begin_reply(struct mcp_reply_slot *slot, char *at) {
    memcpy(at - SLOT_POINTER_BYTES, &slot, SLOT_POINTER_BYTES);
    return at;
}

static char *join_around(struct mcp_reply_slot *slot, const struct mcp_str *parts, size_t count,
                         size_t part, struct mcp_blob *blob) {
    char *middle = slot->bytes + BLOB_AT;
    if (slot->blob != blob) {
        forget(slot);
        memcpy(middle, parts[part].ptr, parts[part].len);
        slot->blob = mcp_blob_ref(blob);
    }
    char *reply = begin_reply(slot, middle - length_of(parts, part));
    (void)write_parts(reply, parts, part);
    (void)write_parts(middle + parts[part].len, parts + part + 1, count - part - 1);
    return reply;
}

char *mcp_reply_pool_join(struct mcp_reply_pool *pool, const struct mcp_str *parts, size_t count,
                          struct mcp_blob *shared, size_t *out_len) {
    *out_len = length_of(parts, count);
    size_t part = find_part(parts, count, shared);
    bool is_around =
        part < count && *out_len <= MCP_REPLY_POOL_BIG_BYTES - MCP_REPLY_POOL_HEAD_BYTES;
    struct mcp_reply_slot *slot = take(pool, *out_len, is_around ? shared : NULL);
    if (slot == NULL)
        return NULL;
    if (is_around)
        return join_around(slot, parts, count, part, shared);
    forget(slot);
    char *reply = begin_reply(slot, slot->bytes + SLOT_POINTER_BYTES);
    (void)write_parts(reply, parts, count);
    return reply;
}

void mcp_reply_pool_give(char *reply) {
    if (reply == NULL)
        return;
    struct mcp_reply_slot *slot = NULL;
    memcpy(&slot, reply - SLOT_POINTER_BYTES, SLOT_POINTER_BYTES);
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
        free_slot(slot);
}
