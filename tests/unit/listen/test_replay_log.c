/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_replay_log;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("listen.replay_log", probe_replay_log);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("listen.replay_log", probe_replay_log, more, MCP_COUNT(more));
}
