/* SPDX-License-Identifier: MIT */
/* schema_track.h - which members or items of one value have been evaluated. Layer: json.
 * Includes: nothing. */
#ifndef MCP_SCHEMA_TRACK_H
#define MCP_SCHEMA_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MCP_SCHEMA_TRACK_WORDS = 4 }; /* 256 members or items need no allocation */

/* Members are numbered in the order the value iterates over them. */
struct mcp_schema_track {
    size_t count;
    bool has_all;
    uint64_t few[MCP_SCHEMA_TRACK_WORDS];
    uint64_t *many; /* owned, when count is beyond `few`; else NULL */
};

/* Nothing is marked; false when allocation is refused. */
bool mcp_schema_track_init(struct mcp_schema_track *track, size_t count);
void mcp_schema_track_deinit(struct mcp_schema_track *track);

/* On a NULL track these do nothing: nobody asks. */
void mcp_schema_track_mark(struct mcp_schema_track *track, size_t index);
void mcp_schema_track_mark_all(struct mcp_schema_track *track);
void mcp_schema_track_merge(struct mcp_schema_track *into, const struct mcp_schema_track *from);

bool mcp_schema_track_has(const struct mcp_schema_track *track, size_t index);

#endif
