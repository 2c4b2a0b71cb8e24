/* SPDX-License-Identifier: MIT */
#include "protocol/rpc_error.h"
#include "vectors.h"

probe_fn probe_rpc_error;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.rpc_error", probe_rpc_error);
}

static void table_ends_and_the_modern_wire_keeps_to_its_range(void **state) {
    (void)state;
    int count = 0;
    while (mcp_fault_info((enum mcp_fault)count) != NULL) {
        int code = mcp_fault_info((enum mcp_fault)count++)->modern_code;
        assert_true(code < -32019 && code != -32042);
        assert_true(code >= -32700);
    }
    assert_int_equal(count, MCP_FAULT_CANCELLED + 1);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(table_ends_and_the_modern_wire_keeps_to_its_range)};
    return vectors_run("protocol.rpc_error", probe_rpc_error, more, MCP_COUNT(more));
}
