/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_conf_env;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("program.conf_env", probe_conf_env);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("program.conf_env", probe_conf_env, more, MCP_COUNT(more));
}
