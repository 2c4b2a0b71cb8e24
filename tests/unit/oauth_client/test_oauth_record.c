/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_oauth_record;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth_client.oauth_record", probe_oauth_record);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth_client.oauth_record", probe_oauth_record, more, MCP_COUNT(more));
}
