/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_postgres_scan;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.postgres_scan", probe_postgres_scan);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.postgres_scan", probe_postgres_scan, more, MCP_COUNT(more));
}
