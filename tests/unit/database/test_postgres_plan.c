/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_postgres_plan;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.postgres_plan", probe_postgres_plan);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.postgres_plan", probe_postgres_plan, more, MCP_COUNT(more));
}
