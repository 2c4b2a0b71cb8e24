/* SPDX-License-Identifier: MIT */
/* waits.h - waits that are measured and repeated; see WAIT_FACTOR. */
#ifndef WAITS_H
#define WAITS_H

#include "../support/under_valgrind.h"
#include "talk.h"

struct waits {
    uint64_t least, most;
};

static inline void waits_add(struct waits *waits, uint64_t ms) {
    waits->least = ms < waits->least ? ms : waits->least;
    waits->most = ms > waits->most ? ms : waits->most;
}

static inline void waits_check(const char *what, const struct waits *waits, uint64_t bound_ms) {
    uint64_t factor = is_under_valgrind() ? 20 : WAIT_FACTOR;
    print_message("%s: %lu to %lu ms\n", what, (unsigned long)waits->least,
                  (unsigned long)waits->most);
    assert_true(waits->least <= bound_ms * factor);
    assert_true(waits->most <= PATIENCE_MS);
}

#endif
