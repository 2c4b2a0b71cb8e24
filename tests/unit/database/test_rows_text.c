/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_rows_text;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.rows_text", probe_rows_text);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.rows_text", probe_rows_text, more, MCP_COUNT(more));
}
