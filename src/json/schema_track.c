/* SPDX-License-Identifier: MIT */
/* schema_track.c - see schema_track.h. Pure: no I/O, no clock, no log. */
#include "json/schema_track.h"

#include "mcp/alloc.h"

enum { WORD_BITS = 64 };

static size_t words(const struct mcp_schema_track *track) {
    return (track->count + WORD_BITS - 1) / WORD_BITS;
}

bool mcp_schema_track_init(struct mcp_schema_track *track, size_t count) {
    *track = (struct mcp_schema_track){.count = count};
    if (words(track) > MCP_SCHEMA_TRACK_WORDS)
        track->many = mcp_alloc(words(track) * sizeof *track->many);
    return words(track) <= MCP_SCHEMA_TRACK_WORDS || track->many != NULL;
}

void mcp_schema_track_deinit(struct mcp_schema_track *track) {
    mcp_free(track->many);
    track->many = NULL;
}

static uint64_t *word_of(struct mcp_schema_track *track, size_t index) {
    return (track->many != NULL ? track->many : track->few) + index / WORD_BITS;
}

void mcp_schema_track_mark(struct mcp_schema_track *track, size_t index) {
    if (track != NULL)
        *word_of(track, index) |= (uint64_t)1 << (index % WORD_BITS);
}

void mcp_schema_track_mark_all(struct mcp_schema_track *track) {
    if (track != NULL)
        track->has_all = true;
}

void mcp_schema_track_merge(struct mcp_schema_track *into, const struct mcp_schema_track *from) {
    if (into == NULL)
        return;
    into->has_all = into->has_all || from->has_all;
    const uint64_t *bits = from->many != NULL ? from->many : from->few;
    for (size_t i = 0; i < words(from); i++)
        *word_of(into, i * WORD_BITS) |= bits[i];
}

bool mcp_schema_track_has(const struct mcp_schema_track *track, size_t index) {
    const uint64_t *bits = track->many != NULL ? track->many : track->few;
    return track->has_all || (bits[index / WORD_BITS] >> (index % WORD_BITS) & 1) != 0;
}
