/* SPDX-License-Identifier: MIT */
/* json_shield.c - see json_shield.h. Pure: no I/O, no clock, no log. */
#include "json/json_shield.h"

#include <assert.h>

#include "mcp/alloc.h"

static _Thread_local struct {
    bool is_up;
    bool is_hit;
} shield;

/* Not zeroed: jansson needs none, and zeroing costs. */
static void *shielded_alloc(size_t bytes) {
    void *fresh = mcp_realloc(NULL, bytes);
    if (fresh != NULL || !shield.is_up)
        return fresh;
    shield.is_hit = true;
    return mcp_alloc_past_budget(bytes);
}

void mcp_json_use_allocator(void) {
    json_set_alloc_funcs(shielded_alloc, mcp_free);
}

void mcp_json_shield_begin(void) {
    assert(!shield.is_up);
    shield.is_up = true;
    shield.is_hit = false;
}

bool mcp_json_shield_end(void) {
    shield.is_up = false;
    return shield.is_hit;
}

bool mcp_json_shield_is_hit(void) {
    return shield.is_hit;
}
