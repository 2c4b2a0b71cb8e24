/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_jwks;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.jwks", probe_jwks);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth.jwks", probe_jwks, more, MCP_COUNT(more));
}
