/* SPDX-License-Identifier: MIT */
/* clock.h - monotonic and wall time, replaceable in tests. Layer: base. Includes: nothing. */
#ifndef MCP_CLOCK_H
#define MCP_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_clock {
    uint64_t (*monotonic_ms)(void *user); /* never goes back */
    int64_t (*wall_ms)(void *user);       /* since 1970-01-01T00:00:00Z */
    void *user;
};

/* Install before threads start; NULL restores the system's. */
void mcp_clock_install(const struct mcp_clock *clock);

uint64_t mcp_clock_now_ms(void);
uint64_t mcp_clock_now_us(void); /* monotonic, to measure with; of an installed clock: whole ms */
int64_t mcp_clock_wall_ms(void);

#ifdef __cplusplus
}
#endif

#endif
