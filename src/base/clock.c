/* SPDX-License-Identifier: MIT */
/* clock.c - see mcp/clock.h. */
#include "mcp/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_ms(clockid_t id) {
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t system_monotonic_ms(void *user) {
    (void)user;
    return (uint64_t)read_ms(CLOCK_MONOTONIC);
}

static int64_t system_wall_ms(void *user) {
    (void)user;
    return read_ms(CLOCK_REALTIME);
}

static const struct mcp_clock system_clock = {system_monotonic_ms, system_wall_ms, NULL};
static struct mcp_clock current = {system_monotonic_ms, system_wall_ms, NULL};

void mcp_clock_install(const struct mcp_clock *clock) {
    current = clock != NULL ? *clock : system_clock;
}

uint64_t mcp_clock_now_ms(void) {
    return current.monotonic_ms(current.user);
}

uint64_t mcp_clock_now_us(void) {
    if (current.monotonic_ms != system_monotonic_ms)
        return mcp_clock_now_ms() * 1000;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int64_t mcp_clock_wall_ms(void) {
    return current.wall_ms(current.user);
}
