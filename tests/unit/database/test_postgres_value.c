/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_postgres_value;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.postgres_value", probe_postgres_value);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.postgres_value", probe_postgres_value, more, MCP_COUNT(more));
}
