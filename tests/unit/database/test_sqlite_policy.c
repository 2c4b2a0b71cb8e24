/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_sqlite_policy;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.sqlite_policy", probe_sqlite_policy);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.sqlite_policy", probe_sqlite_policy, more, MCP_COUNT(more));
}
