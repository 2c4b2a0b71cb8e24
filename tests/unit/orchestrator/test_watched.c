/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_watched;

static bool is_small(const json_t *in) {
    return json_is_array(
        json_object_get(json_array_get(json_object_get(in, "lists"), 0), "resources"));
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture_some("orchestrator.watched", probe_watched, is_small);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("orchestrator.watched", probe_watched, more, MCP_COUNT(more));
}
