/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listen/reply_pool.h"
#include "torture.h"

static void a_buffer_of_the_same_size_class_is_reused(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    char *small = mcp_reply_pool_take(&pool, 10);
    char *big = mcp_reply_pool_take(&pool, MCP_REPLY_POOL_SMALL_BYTES + 1);
    assert_true(small != NULL && big != NULL);
    mcp_reply_pool_give(small);
    mcp_reply_pool_give(big);
    assert_ptr_equal(mcp_reply_pool_take(&pool, MCP_REPLY_POOL_SMALL_BYTES), small);
    assert_ptr_equal(mcp_reply_pool_take(&pool, MCP_REPLY_POOL_BIG_BYTES), big);
    mcp_reply_pool_give(small);
    mcp_reply_pool_give(big);
    mcp_reply_pool_give(NULL);
    mcp_reply_pool_deinit(&pool);
}

static void every_byte_can_be_written(void **state) {
    (void)state;
    static const size_t sizes[] = {0,
                                   1,
                                   MCP_REPLY_POOL_SMALL_BYTES - 1,
                                   MCP_REPLY_POOL_SMALL_BYTES,
                                   MCP_REPLY_POOL_SMALL_BYTES + 1,
                                   MCP_REPLY_POOL_BIG_BYTES - 1,
                                   MCP_REPLY_POOL_BIG_BYTES,
                                   MCP_REPLY_POOL_BIG_BYTES + 1,
                                   (size_t)8 << 20};
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *buffer = mcp_reply_pool_take(&pool, sizes[i]);
        assert_non_null(buffer);
        memset(buffer, 'x', sizes[i]);
        mcp_reply_pool_give(buffer);
    }
    assert_int_equal(pool.idle_count[0], 1);
    assert_int_equal(pool.idle_count[1], 1);
    mcp_reply_pool_deinit(&pool);
}

static void idle_buffers_have_a_bound(void **state) {
    (void)state;
    static char *buffers[MCP_REPLY_POOL_SMALL_COUNT + 1];
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    for (size_t i = 0; i <= MCP_REPLY_POOL_SMALL_COUNT; i++)
        buffers[i] = mcp_reply_pool_take(&pool, 1);
    for (size_t i = 0; i <= MCP_REPLY_POOL_SMALL_COUNT; i++) {
        assert_int_equal(pool.idle_count[0], i);
        mcp_reply_pool_give(buffers[i]);
    }
    assert_int_equal(pool.idle_count[0], MCP_REPLY_POOL_SMALL_COUNT);
    for (size_t i = 0; i <= MCP_REPLY_POOL_BIG_COUNT; i++)
        buffers[i] = mcp_reply_pool_take(&pool, MCP_REPLY_POOL_BIG_BYTES);
    for (size_t i = 0; i <= MCP_REPLY_POOL_BIG_COUNT; i++)
        mcp_reply_pool_give(buffers[i]);
    assert_int_equal(pool.idle_count[1], MCP_REPLY_POOL_BIG_COUNT);
    mcp_reply_pool_deinit(&pool);
}

static void an_impossible_size_is_refused(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    assert_null(mcp_reply_pool_take(&pool, SIZE_MAX));
    mcp_reply_pool_deinit(&pool);
}

static enum mcp_code take_three(void *user, struct mcp_err *err) {
    (void)user;
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    char *a = mcp_reply_pool_take(&pool, 1);
    char *b = mcp_reply_pool_take(&pool, 1 << 20);
    enum mcp_code code = MCP_OK;
    if (a == NULL || b == NULL)
        code = MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_reply_pool_give(a);
    mcp_reply_pool_give(b);
    mcp_reply_pool_deinit(&pool);
    return code;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(take_three, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_of_the_same_size_class_is_reused),
        cmocka_unit_test(every_byte_can_be_written),
        cmocka_unit_test(idle_buffers_have_a_bound),
        cmocka_unit_test(an_impossible_size_is_refused),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("listen.reply_pool", tests, NULL, NULL);
}
