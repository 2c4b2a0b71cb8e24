/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_result_check;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("server.result_check", probe_result_check);
}

int main(void) {
    mcp_json_use_allocator();
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("server.result_check", probe_result_check, more, MCP_COUNT(more));
}
