/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_scope_policy;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.scope_policy", probe_scope_policy);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth.scope_policy", probe_scope_policy, more, MCP_COUNT(more));
}
