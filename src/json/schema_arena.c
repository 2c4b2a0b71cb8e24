/* SPDX-License-Identifier: MIT */
/* schema_arena.c - see schema_arena.h. Pure: no I/O, no clock, no log. */
#include "json/schema_arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "mcp/alloc.h"

enum { CHUNK_BYTES = 4096 };

struct mcp_schema_chunk {
    struct mcp_schema_chunk *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

static size_t round_up(size_t bytes) {
    size_t unit = alignof(max_align_t);
    return (bytes + unit - 1) / unit * unit;
}

static struct mcp_schema_chunk *add_chunk(struct mcp_schema_arena *arena, size_t need) {
    size_t size = need > CHUNK_BYTES ? need : CHUNK_BYTES;
    struct mcp_schema_chunk *chunk = mcp_alloc(sizeof *chunk + size);
    if (chunk == NULL)
        return NULL;
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *mcp_schema_arena_take(struct mcp_schema_arena *arena, size_t count, size_t size) {
    if (count > 0 && size > (SIZE_MAX / 4) / count)
        return NULL;
    size_t need = round_up(count * size);
    struct mcp_schema_chunk *chunk = arena->chunks;
    if (chunk == NULL || need > chunk->size - chunk->used)
        chunk = add_chunk(arena, need);
    if (chunk == NULL)
        return NULL;
    void *taken = chunk->bytes + chunk->used;
    chunk->used += need;
    return taken;
}

void mcp_schema_arena_deinit(struct mcp_schema_arena *arena) {
    while (arena->chunks != NULL) {
        struct mcp_schema_chunk *next = arena->chunks->next;
        mcp_free(arena->chunks);
        arena->chunks = next;
    }
}
