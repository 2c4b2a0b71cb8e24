/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_share_target;

static bool is_small(const json_t *in) {
    return json_object_get(in, "is_big") == NULL;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture_some("orchestrator.share_target", probe_share_target, is_small);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("orchestrator.share_target", probe_share_target, more, MCP_COUNT(more));
}
