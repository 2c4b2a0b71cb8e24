/* SPDX-License-Identifier: MIT */
/* schema_arena.h - storage that is released all at once. Layer: json. Includes: alloc. */
#ifndef MCP_SCHEMA_ARENA_H
#define MCP_SCHEMA_ARENA_H

#include <stddef.h>

struct mcp_schema_chunk;

/* Everything a compiled schema points at; zeroed storage is an empty arena. */
struct mcp_schema_arena {
    struct mcp_schema_chunk *chunks;
};

/* Zero-filled, aligned for any type; NULL when allocation is refused or `count * size` overflows.
 * A count of 0 gives a pointer that may not be read. */
void *mcp_schema_arena_take(struct mcp_schema_arena *arena, size_t count, size_t size);
void mcp_schema_arena_deinit(struct mcp_schema_arena *arena);

#endif
