/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_key_store;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.key_store", probe_key_store);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth.key_store", probe_key_store, more, MCP_COUNT(more));
}
