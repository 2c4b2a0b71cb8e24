/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_http_route;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("listen.http_route", probe_http_route);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("listen.http_route", probe_http_route, more, MCP_COUNT(more));
}
