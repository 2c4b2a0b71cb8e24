/* SPDX-License-Identifier: MIT */
/* backoff.h - how long to wait before trying again. Layer: client. Includes: base. */
#ifndef MCP_BACKOFF_H
#define MCP_BACKOFF_H

#include <stdint.h>

/* Full jitter: a random wait between 0 and a ceiling that doubles up to a cap. */
struct mcp_backoff {
    uint64_t base_ms;    /* ceiling of the first wait */
    uint64_t cap_ms;     /* no ceiling is higher */
    uint64_t healthy_ms; /* a connection that lasted this long starts over at base_ms */
    uint32_t attempts;   /* waits given since the last reset */
};

enum {
    MCP_BACKOFF_BASE_MS = 500,
    MCP_BACKOFF_CAP_MS = 60000,
    MCP_BACKOFF_HEALTHY_MS = 60000,
};

/* Zero means the default above. base_ms is cut to cap_ms. */
void mcp_backoff_init(struct mcp_backoff *backoff, uint64_t base_ms, uint64_t cap_ms,
                      uint64_t healthy_ms);

/* The highest value the next wait may have. */
uint64_t mcp_backoff_ceiling(const struct mcp_backoff *backoff);

/* The next wait, in 0..ceiling; `random` is 64 random bits. */
uint64_t mcp_backoff_next(struct mcp_backoff *backoff, uint64_t random);

/* A connection ended that was up from up_ms to down_ms: starts over when that was long enough. */
void mcp_backoff_note(struct mcp_backoff *backoff, uint64_t up_ms, uint64_t down_ms);

void mcp_backoff_reset(struct mcp_backoff *backoff);

#endif
