/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "vectors.h"

probe_fn probe_reload_plan;

/* One case that has all there is: parsing two files makes thousands of allocations. */
static bool has_everything(const json_t *in) {
    return strstr(json_string_value(json_object_get(in, "after")), "http://x/") != NULL;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture_some("orchestrator.reload_plan", probe_reload_plan, has_everything);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("orchestrator.reload_plan", probe_reload_plan, more, MCP_COUNT(more));
}
