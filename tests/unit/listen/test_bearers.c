/* SPDX-License-Identifier: MIT */
#include "listen/bearers.h"
#include "vectors.h"

probe_fn probe_bearers;

static void nothing_is_a_set_of_none(void **state) {
    (void)state;
    unsigned char digest[MCP_BEARER_DIGEST_BYTES];
    assert_int_equal(mcp_bearers_count(NULL), 0);
    assert_null(mcp_bearers_find(NULL, MCP_STR("0123456789abcdef"), digest));
    assert_false(mcp_bearers_hold(NULL, "ann", digest));
    assert_null(mcp_bearers_ref(NULL));
    mcp_bearers_unref(NULL);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("listen.bearers", probe_bearers);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(nothing_is_a_set_of_none),
                                      cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("listen.bearers", probe_bearers, more, MCP_COUNT(more));
}
