/* SPDX-License-Identifier: MIT */
/* under_valgrind.h - scripts/valgrind says so with MCP_UNDER_VALGRIND, for tests to choose their
 * sizes and their patience by: what they expect stays the same. */
#ifndef UNDER_VALGRIND_H
#define UNDER_VALGRIND_H

#include <stdbool.h>
#include <stdlib.h>

static inline bool is_under_valgrind(void) {
    return getenv("MCP_UNDER_VALGRIND") !=
           NULL; /* NOLINT(concurrency-mt-unsafe): read, never set */
}

#endif
