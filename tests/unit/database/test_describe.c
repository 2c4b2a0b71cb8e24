/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_describe;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.describe", probe_describe);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.describe", probe_describe, more, MCP_COUNT(more));
}
