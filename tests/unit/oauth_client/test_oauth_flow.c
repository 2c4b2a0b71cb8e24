/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_oauth_flow;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth_client.oauth_flow", probe_oauth_flow);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth_client.oauth_flow", probe_oauth_flow, more, MCP_COUNT(more));
}
