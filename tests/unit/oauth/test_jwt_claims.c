/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_jwt_claims;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.jwt_claims", probe_jwt_claims);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth.jwt_claims", probe_jwt_claims, more, MCP_COUNT(more));
}
