/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_resource_metadata;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.resource_metadata", probe_resource_metadata);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth.resource_metadata", probe_resource_metadata, more, MCP_COUNT(more));
}
