/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_proxy;

static bool is_plain(const json_t *in) {
    return !json_is_object(json_object_get(json_object_get(in, "env"), "http_proxy"));
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture_some("dial.proxy", probe_proxy, is_plain);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("dial.proxy", probe_proxy, more, MCP_COUNT(more));
}
