/* SPDX-License-Identifier: MIT */
/* arena.h - many small pieces of memory that are released together. Layer: product_metadata. */
#ifndef PRODUCT_ARENA_H
#define PRODUCT_ARENA_H

#include "mcp/buf.h"

enum { PRODUCT_ARENA_CHUNK = 65536 }; /* bytes asked for at a time; a larger piece gets its own */

struct product_arena_chunk;

/* Zero-initialized is empty. Pieces live until deinit and never move. */
struct product_arena {
    struct product_arena_chunk *chunks; /* newest first */
    size_t used;                        /* bytes of the newest chunk in use */
    size_t size;                        /* bytes of the newest chunk */
};

void product_arena_deinit(struct product_arena *arena);

/* Zero-filled and aligned for any pointer or integer. errors: NOMEM. */
enum mcp_code product_arena_take(struct product_arena *arena, size_t bytes, void **out_piece,
                                 struct mcp_err *err) MCP_CHECK;

/* A copy of `text`, followed by a NUL that is not counted. errors: NOMEM. */
enum mcp_code product_arena_copy(struct product_arena *arena, struct mcp_str text,
                                 struct mcp_str *out_copy, struct mcp_err *err) MCP_CHECK;

#endif
