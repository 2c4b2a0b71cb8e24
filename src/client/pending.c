/* SPDX-License-Identifier: MIT */
/* pending.c - see pending.h. Pure: no I/O, no clock, no log. */
#include "client/pending.h"

#include <assert.h>
#include <stdbool.h>

#include "mcp/alloc.h"

enum { FIRST_CAPACITY = 16 };

struct entry {
    uint64_t id;
    uint64_t deadline_ms;
    void *payload;
    size_t heap_at;     /* its place in the heap */
    struct entry *next; /* in its bucket, or in the free list */
};

/* Entries live in chunks that double, so pointers to them stay good while the table grows. */
struct chunk {
    struct chunk *next;
    struct entry entries[];
};

struct mcp_pending {
    size_t max;
    size_t count;
    size_t capacity; /* a power of two: entries allocated, buckets, room in the heap */
    uint64_t last_id;
    struct entry **buckets; /* by id modulo capacity: ids are consecutive, so chains stay short */
    struct entry **heap;    /* by (deadline, id) */
    struct entry *unused;
    struct chunk *chunks;
};

static bool is_before(const struct entry *a, const struct entry *b) {
    return a->deadline_ms != b->deadline_ms ? a->deadline_ms < b->deadline_ms : a->id < b->id;
}

static void place(struct mcp_pending *pending, size_t at, struct entry *entry) {
    pending->heap[at] = entry;
    entry->heap_at = at;
}

static void sift_up(struct mcp_pending *pending, size_t at, struct entry *entry) {
    while (at > 0 && is_before(entry, pending->heap[(at - 1) / 2])) {
        place(pending, at, pending->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(pending, at, entry);
}

static void sift_down(struct mcp_pending *pending, size_t at, struct entry *entry) {
    for (size_t child = 2 * at + 1; child < pending->count; child = 2 * at + 1) {
        if (child + 1 < pending->count && is_before(pending->heap[child + 1], pending->heap[child]))
            child++;
        if (!is_before(pending->heap[child], entry))
            break;
        place(pending, at, pending->heap[child]);
        at = child;
    }
    place(pending, at, entry);
}

static struct entry **bucket_of(const struct mcp_pending *pending, uint64_t id) {
    return &pending->buckets[id & (pending->capacity - 1)];
}

static struct entry *find(const struct mcp_pending *pending, uint64_t id) {
    if (pending->capacity == 0)
        return NULL;
    struct entry *entry = *bucket_of(pending, id);
    while (entry != NULL && entry->id != id)
        entry = entry->next;
    return entry;
}

static void *detach(struct mcp_pending *pending, struct entry *entry) {
    struct entry **at = bucket_of(pending, entry->id);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;

    struct entry *last = pending->heap[--pending->count];
    size_t hole = entry->heap_at;
    if (last != entry) {
        if (hole > 0 && is_before(last, pending->heap[(hole - 1) / 2]))
            sift_up(pending, hole, last);
        else
            sift_down(pending, hole, last);
    }
    entry->next = pending->unused;
    pending->unused = entry;
    return entry->payload;
}

/* Every allocation first, then the switch: a refusal leaves the table as it was. */
static enum mcp_code grow(struct mcp_pending *pending, struct mcp_err *err) {
    size_t capacity = pending->capacity == 0 ? FIRST_CAPACITY : 2 * pending->capacity;
    size_t fresh = capacity - pending->capacity;
    MCP_AUTO(mcp_freep)
    struct chunk *chunk = mcp_alloc(sizeof *chunk + fresh * sizeof(struct entry));
    MCP_AUTO(mcp_freep) struct entry **buckets = mcp_alloc(capacity * sizeof(struct entry *));
    MCP_AUTO(mcp_freep) struct entry **heap = mcp_alloc(capacity * sizeof(struct entry *));
    if (chunk == NULL || buckets == NULL || heap == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for %zu requests in flight", capacity);

    mcp_free(pending->buckets);
    pending->buckets = MCP_TAKE(buckets);
    pending->capacity = capacity;
    for (size_t i = 0; i < pending->count; i++) {
        struct entry *entry = pending->heap[i];
        heap[i] = entry;
        entry->next = *bucket_of(pending, entry->id);
        *bucket_of(pending, entry->id) = entry;
    }
    mcp_free(pending->heap);
    pending->heap = MCP_TAKE(heap);
    for (size_t i = 0; i < fresh; i++) {
        chunk->entries[i].next = pending->unused;
        pending->unused = &chunk->entries[i];
    }
    chunk->next = pending->chunks;
    pending->chunks = MCP_TAKE(chunk);
    return MCP_OK;
}

enum mcp_code mcp_pending_new(size_t max, struct mcp_pending **out_pending, struct mcp_err *err) {
    assert(max > 0);
    struct mcp_pending *pending = mcp_alloc(sizeof *pending);
    if (pending == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for the table of requests in flight");
    pending->max = max;
    *out_pending = pending;
    return MCP_OK;
}

void mcp_pending_free(struct mcp_pending *pending) {
    if (pending == NULL)
        return;
    for (struct chunk *chunk = pending->chunks; chunk != NULL;) {
        struct chunk *next = chunk->next;
        mcp_free(chunk);
        chunk = next;
    }
    mcp_free(pending->buckets);
    mcp_free(pending->heap);
    mcp_free(pending);
}

enum mcp_code mcp_pending_add(struct mcp_pending *pending, uint64_t deadline_ms, void *payload,
                              uint64_t *out_id, struct mcp_err *err) {
    assert(payload != NULL);
    if (pending->count == pending->max)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu requests are in flight already, the most allowed",
                        pending->max);
    if (pending->count == pending->capacity)
        MCP_TRY(grow(pending, err));
    struct entry *entry = pending->unused;
    pending->unused = entry->next;
    entry->id = ++pending->last_id;
    entry->deadline_ms = deadline_ms;
    entry->payload = payload;
    entry->next = *bucket_of(pending, entry->id);
    *bucket_of(pending, entry->id) = entry;
    sift_up(pending, pending->count++, entry);
    *out_id = entry->id;
    return MCP_OK;
}

void *mcp_pending_peek(const struct mcp_pending *pending, uint64_t id) {
    const struct entry *entry = find(pending, id);
    return entry != NULL ? entry->payload : NULL;
}

void *mcp_pending_take(struct mcp_pending *pending, uint64_t id) {
    struct entry *entry = find(pending, id);
    return entry != NULL ? detach(pending, entry) : NULL;
}

void *mcp_pending_take_expired(struct mcp_pending *pending, uint64_t now_ms, uint64_t *out_id) {
    if (pending->count == 0 || pending->heap[0]->deadline_ms > now_ms)
        return NULL;
    if (out_id != NULL)
        *out_id = pending->heap[0]->id;
    return detach(pending, pending->heap[0]);
}

uint64_t mcp_pending_next_deadline(const struct mcp_pending *pending) {
    return pending->count > 0 ? pending->heap[0]->deadline_ms : MCP_PENDING_NO_DEADLINE;
}

size_t mcp_pending_count(const struct mcp_pending *pending) {
    return pending->count;
}
