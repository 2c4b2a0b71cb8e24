/* SPDX-License-Identifier: MIT */
/* backoff.c - see backoff.h. Pure: no I/O, no clock, no log. */
#include "client/backoff.h"

static uint64_t or_default(uint64_t value, uint64_t otherwise) {
    return value != 0 ? value : otherwise;
}

void mcp_backoff_init(struct mcp_backoff *backoff, uint64_t base_ms, uint64_t cap_ms,
                      uint64_t healthy_ms) {
    *backoff = (struct mcp_backoff){
        .base_ms = or_default(base_ms, MCP_BACKOFF_BASE_MS),
        .cap_ms = or_default(cap_ms, MCP_BACKOFF_CAP_MS),
        .healthy_ms = or_default(healthy_ms, MCP_BACKOFF_HEALTHY_MS),
    };
    if (backoff->base_ms > backoff->cap_ms)
        backoff->base_ms = backoff->cap_ms;
}

uint64_t mcp_backoff_ceiling(const struct mcp_backoff *backoff) {
    uint64_t ceiling = backoff->base_ms;
    for (uint32_t i = 0; i < backoff->attempts && ceiling < backoff->cap_ms; i++)
        ceiling = ceiling > backoff->cap_ms / 2 ? backoff->cap_ms : 2 * ceiling;
    return ceiling;
}

uint64_t mcp_backoff_next(struct mcp_backoff *backoff, uint64_t random) {
    uint64_t ceiling = mcp_backoff_ceiling(backoff);
    if (backoff->attempts < UINT32_MAX)
        backoff->attempts++;
    return ceiling == UINT64_MAX ? random : random % (ceiling + 1);
}

void mcp_backoff_note(struct mcp_backoff *backoff, uint64_t up_ms, uint64_t down_ms) {
    if (down_ms >= up_ms && down_ms - up_ms >= backoff->healthy_ms)
        mcp_backoff_reset(backoff);
}

void mcp_backoff_reset(struct mcp_backoff *backoff) {
    backoff->attempts = 0;
}
