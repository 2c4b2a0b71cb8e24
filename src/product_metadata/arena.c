/* SPDX-License-Identifier: MIT */
/* arena.c - see arena.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/arena.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "mcp/alloc.h"

enum { ALIGNMENT = 8 };

struct product_arena_chunk {
    struct product_arena_chunk *older;
    _Alignas(ALIGNMENT) char bytes[];
};

void product_arena_deinit(struct product_arena *arena) {
    struct product_arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct product_arena_chunk *older = chunk->older;
        mcp_free(chunk);
        chunk = older;
    }
    *arena = (struct product_arena){0};
}

static enum mcp_code grow(struct product_arena *arena, size_t need, struct mcp_err *err) {
    size_t size = need > PRODUCT_ARENA_CHUNK ? need : PRODUCT_ARENA_CHUNK;
    struct product_arena_chunk *chunk = mcp_alloc(sizeof *chunk + size);
    if (chunk == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    chunk->older = arena->chunks;
    *arena = (struct product_arena){.chunks = chunk, .size = size};
    return MCP_OK;
}

enum mcp_code product_arena_take(struct product_arena *arena, size_t bytes, void **out_piece,
                                 struct mcp_err *err) {
    if (bytes > SIZE_MAX / 2)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded > arena->size - arena->used)
        MCP_TRY(grow(arena, rounded, err));
    *out_piece = arena->chunks != NULL ? arena->chunks->bytes + arena->used : NULL;
    arena->used += rounded;
    return MCP_OK;
}

enum mcp_code product_arena_copy(struct product_arena *arena, struct mcp_str text,
                                 struct mcp_str *out_copy, struct mcp_err *err) {
    void *piece = NULL;
    MCP_TRY(product_arena_take(arena, text.len + 1, &piece, err));
    assert(piece != NULL); /* at least one byte was asked for */
    if (text.len > 0)
        memcpy(piece, text.ptr, text.len);
    *out_copy = (struct mcp_str){piece, text.len};
    return MCP_OK;
}
