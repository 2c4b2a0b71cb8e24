/* SPDX-License-Identifier: MIT */
#include "server/inflight.h"
#include "vectors.h"

probe_fn probe_inflight;

static void removing_what_is_not_listed_is_nothing(void **state) {
    (void)state;
    struct mcp_inflight table;
    struct mcp_inflight_entry entry = {0};
    mcp_inflight_init(&table, 1, 1);
    mcp_inflight_remove(&table, &entry);
    assert_int_equal(table.count, 0);
    assert_null(mcp_inflight_next(&table, NULL));
}

static void an_empty_ring_gives_nothing(void **state) {
    (void)state;
    struct mcp_list cancelled;
    mcp_list_init(&cancelled);
    assert_null(mcp_inflight_take_cancelled(&cancelled));
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(removing_what_is_not_listed_is_nothing),
                                      cmocka_unit_test(an_empty_ring_gives_nothing)};
    return vectors_run("server.inflight", probe_inflight, more, MCP_COUNT(more));
}
