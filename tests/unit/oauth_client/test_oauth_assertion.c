/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_oauth_assertion;

static bool is_wanted(const json_t *in) {
    return json_is_true(json_object_get(in, "torture")); /* the others allocate alike */
    ;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture_some("oauth_client.oauth_assertion", probe_oauth_assertion, is_wanted);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("oauth_client.oauth_assertion", probe_oauth_assertion, more,
                       MCP_COUNT(more));
}
