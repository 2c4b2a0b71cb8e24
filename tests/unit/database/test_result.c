/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_result;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.result", probe_result);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.result", probe_result, more, MCP_COUNT(more));
}
