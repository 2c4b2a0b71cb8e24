/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_share_key;

static bool is_small(const json_t *in) {
    return json_object_get(in, "is_big") == NULL;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture_some("orchestrator.share_key", probe_share_key, is_small);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("orchestrator.share_key", probe_share_key, more, MCP_COUNT(more));
}
