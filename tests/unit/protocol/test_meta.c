/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_meta;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.meta", probe_meta);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("protocol.meta", probe_meta, more, MCP_COUNT(more));
}
