/* SPDX-License-Identifier: MIT */
#include "server/subscriptions.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_subscriptions;

static enum mcp_code two_subscribers(void *user, struct mcp_err *err) {
    (void)user;
    struct mcp_subscriptions table = {0};
    struct mcp_subscriber one = {0};
    struct mcp_subscriber two = {0};
    enum mcp_code code = mcp_subscriptions_init(&table, 42, 10, err);
    if (code == MCP_OK) {
        mcp_subscriptions_join(&table, &one, 0);
        mcp_subscriptions_join(&table, &two, 0);
        code = mcp_subscriptions_add(&table, &one, MCP_STR("x://1"), err);
    }
    if (code == MCP_OK)
        code = mcp_subscriptions_add(&table, &two, MCP_STR("x://1"), err);
    if (code == MCP_OK)
        code = mcp_subscriptions_add(&table, &two, MCP_STR("x://2"), err);
    mcp_subscriptions_leave(&table, &one);
    mcp_subscriptions_leave(&table, &two);
    assert_int_equal(table.count, 0);
    mcp_subscriptions_deinit(&table);
    return code;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(two_subscribers, NULL);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("server.subscriptions", probe_subscriptions, more, MCP_COUNT(more));
}
