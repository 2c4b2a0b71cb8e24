/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_frame;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("orchestrator.frame", probe_frame);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("orchestrator.frame", probe_frame, more, MCP_COUNT(more));
}
