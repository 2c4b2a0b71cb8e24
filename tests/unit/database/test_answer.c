/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_answer;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.answer", probe_answer);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("database.answer", probe_answer, more, MCP_COUNT(more));
}
