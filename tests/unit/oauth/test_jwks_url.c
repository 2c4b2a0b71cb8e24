/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_jwks_url;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.jwks_url", probe_jwks_url);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth.jwks_url", probe_jwks_url, more, MCP_COUNT(more));
}
