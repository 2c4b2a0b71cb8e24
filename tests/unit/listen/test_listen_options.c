/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_listen_options;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("listen.listen_options", probe_listen_options);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("listen.listen_options", probe_listen_options, more, MCP_COUNT(more));
}
