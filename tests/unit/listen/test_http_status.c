/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_http_status;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("listen.http_status", probe_http_status);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("listen.http_status", probe_http_status, more, MCP_COUNT(more));
}
