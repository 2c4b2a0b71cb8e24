/* SPDX-License-Identifier: MIT */
#include "client/pending.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_pending;

static enum mcp_code grow_twice(struct mcp_pending *table, struct mcp_err *err) {
    uint64_t id = 0;
    char payload[] = "p";
    for (int i = 0; i < 40; i++)
        MCP_TRY(mcp_pending_add(table, (uint64_t)i, payload, &id, err));
    return MCP_OK;
}

static enum mcp_code forty(void *user, struct mcp_err *err) {
    (void)user;
    struct mcp_pending *table = NULL;
    MCP_TRY(mcp_pending_new(100, &table, err));
    enum mcp_code code = grow_twice(table, err);
    uint64_t expected = 0; /* what came in before the refusal is intact */
    while (mcp_pending_take_expired(table, UINT64_MAX, NULL) != NULL)
        expected++;
    assert_true(code != MCP_OK || expected == 40);
    mcp_pending_free(table);
    return code;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(forty, NULL);
}

/* Against the obvious implementation: scan an array. */
static void agrees_with_a_scan(void **state) {
    (void)state;
    enum { SLOTS = 512 };
    static uint64_t deadlines[20000];
    static char payload[1];
    struct mcp_pending *table = NULL;
    assert_int_equal(mcp_pending_new(SLOTS, &table, NULL), MCP_OK);
    uint64_t random = 88172645463325252U;
    uint64_t last = 0;
    size_t count = 0;
    for (int step = 0; step < 15000; step++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if (random % 3 != 0 && count < SLOTS) {
            uint64_t deadline = 1 + (random >> 8) % 1000;
            assert_int_equal(mcp_pending_add(table, deadline, payload, &last, NULL), MCP_OK);
            deadlines[last] = deadline;
            count++;
        } else if (random % 2 == 0 && last > 0) {
            uint64_t id = 1 + (random >> 8) % last;
            assert_int_equal(mcp_pending_take(table, id) != NULL, deadlines[id] != 0);
            count -= deadlines[id] != 0;
            deadlines[id] = 0;
        } else if (count > 0) {
            uint64_t id = 0;
            assert_non_null(mcp_pending_take_expired(table, UINT64_MAX - 1, &id));
            for (uint64_t other = 1; other <= last; other++)
                assert_true(deadlines[other] == 0 || deadlines[other] >= deadlines[id]);
            deadlines[id] = 0;
            count--;
        }
        assert_int_equal(mcp_pending_count(table), count);
    }
    mcp_pending_free(table);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(agrees_with_a_scan)};
    mcp_pending_free(NULL);
    return vectors_run("client.pending", probe_pending, more, MCP_COUNT(more));
}
