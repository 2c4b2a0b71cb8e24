/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_postgres_url;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.postgres_url", probe_postgres_url);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.postgres_url", probe_postgres_url, more, MCP_COUNT(more));
}
