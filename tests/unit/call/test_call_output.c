/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_call_output;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("call.call_output", probe_call_output);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("call.call_output", probe_call_output, more, MCP_COUNT(more));
}
