/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_jwt_check;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.jwt_check", probe_jwt_check);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth.jwt_check", probe_jwt_check, more, MCP_COUNT(more));
}
