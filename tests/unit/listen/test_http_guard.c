/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_http_guard;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("listen.http_guard", probe_http_guard);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("listen.http_guard", probe_http_guard, more, MCP_COUNT(more));
}
