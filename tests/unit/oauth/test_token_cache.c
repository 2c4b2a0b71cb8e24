/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_token_cache;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.token_cache", probe_token_cache);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth.token_cache", probe_token_cache, more, MCP_COUNT(more));
}
