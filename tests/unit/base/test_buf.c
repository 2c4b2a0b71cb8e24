/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mcp/alloc.h"
#include "mcp/buf.h"
#include "torture.h"

static void empty_buffer_is_an_empty_view(void **state) {
    (void)state;
    struct mcp_buf buf = MCP_BUF_INIT(10);
    assert_int_equal(mcp_buf_view(&buf).len, 0);
    assert_string_equal(mcp_buf_view(&buf).ptr, "");
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_OK);
    mcp_buf_add(&buf, MCP_STR(""));
    mcp_buf_add(&buf, (struct mcp_str){NULL, 0});
    assert_null(buf.data);
    mcp_buf_deinit(&buf);
    mcp_buf_deinit(&buf);
}

static void appends_build_nul_terminated_text(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(100);
    mcp_buf_add(&buf, MCP_STR("abc"));
    mcp_buf_addc(&buf, '-');
    mcp_buf_addf(&buf, "%d %s", 42, "x");
    mcp_buf_addf(&buf, "%s", "");
    assert_string_equal(buf.data, "abc-42 x");
    assert_int_equal(buf.len, 8);
}

static void limit_is_exact(void **state) {
    (void)state;
    for (size_t len = 9; len <= 11; len++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(10);
        mcp_buf_add(&buf, (struct mcp_str){"0123456789a", len});
        assert_int_equal(mcp_buf_finish(&buf, NULL), len <= 10 ? MCP_OK : MCP_E_LIMIT);
        assert_int_equal(buf.len, len <= 10 ? len : 0);
    }
}

static void storage_stops_at_the_limit(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(100);
    for (int i = 0; i < 100; i++)
        mcp_buf_addc(&buf, 'x');
    assert_int_equal(buf.cap, 101);
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_OK);
    mcp_buf_addc(&buf, 'x');
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_E_LIMIT);
    assert_int_equal(buf.len, 100);
}

static void zero_limit_takes_nothing(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(0);
    mcp_buf_add(&buf, MCP_STR(""));
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_OK);
    mcp_buf_addc(&buf, 'x');
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_E_LIMIT);
}

static void first_refusal_sticks(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(4);
    struct mcp_err err = {0};
    mcp_buf_add(&buf, MCP_STR("12345"));
    mcp_buf_addc(&buf, 'x');
    mcp_buf_addf(&buf, "%s", "x");
    assert_null(mcp_buf_reserve(&buf, 1));
    assert_int_equal(buf.len, 0);
    assert_int_equal(mcp_buf_finish(&buf, &err), MCP_E_LIMIT);
    assert_string_equal(err.what, "more than 4 bytes");
    mcp_buf_clear(&buf);
    mcp_buf_addc(&buf, 'x');
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_OK);
}

static void clear_keeps_the_storage(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(100);
    mcp_buf_add(&buf, MCP_STR("abc"));
    const char *storage = buf.data;
    mcp_buf_clear(&buf);
    assert_ptr_equal(buf.data, storage);
    assert_string_equal(buf.data, "");
}

static void formatting_longer_than_the_stack(void **state) {
    (void)state;
    for (int width = 510; width <= 514; width++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(1000);
        mcp_buf_addc(&buf, '<');
        mcp_buf_addf(&buf, "%*d>", width, 7);
        assert_int_equal(buf.len, (size_t)width + 2);
        assert_string_equal(buf.data + width, "7>");
    }
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf small = MCP_BUF_INIT(999);
    mcp_buf_addf(&small, "%1000d", 7);
    assert_int_equal(mcp_buf_finish(&small, NULL), MCP_E_LIMIT);
}

static void reserve_then_commit(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(10);
    mcp_buf_addc(&buf, '<');
    char *room = mcp_buf_reserve(&buf, 9);
    assert_non_null(room);
    memset(room, 'a', 3);
    mcp_buf_commit(&buf, 3);
    assert_string_equal(buf.data, "<aaa");
    assert_null(mcp_buf_reserve(&buf, 7));
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_E_LIMIT);
}

static void absurd_sizes_are_refused(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(SIZE_MAX);
    mcp_buf_addc(&buf, 'x');
    assert_null(mcp_buf_reserve(&buf, SIZE_MAX - 1));
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_E_NOMEM);
    mcp_buf_clear(&buf);
    mcp_alloc_budget_begin(1000);
    assert_null(mcp_buf_reserve(&buf, SIZE_MAX / 2 + 100));
    mcp_alloc_budget_end();
    assert_int_equal(mcp_buf_finish(&buf, NULL), MCP_E_NOMEM);
}

static void take_gives_the_storage_away(void **state) {
    (void)state;
    struct mcp_buf buf = MCP_BUF_INIT(10);
    size_t len = 7;
    assert_null(mcp_buf_take(&buf, &len));
    assert_int_equal(len, 0);
    mcp_buf_add(&buf, MCP_STR("abc"));
    char *text = mcp_buf_take(&buf, &len);
    assert_string_equal(text, "abc");
    assert_int_equal(len, 3);
    assert_null(buf.data);
    assert_int_equal(buf.max, 10);
    mcp_free(text);
    mcp_buf_addc(&buf, 'x');
    text = mcp_buf_take(&buf, NULL);
    assert_string_equal(text, "x");
    mcp_free(text);
}

static void strings_compare_by_bytes(void **state) {
    (void)state;
    assert_true(mcp_str_equal(MCP_STR("a\0b"), MCP_STR("a\0b")));
    assert_false(mcp_str_equal(MCP_STR("a\0b"), MCP_STR("a\0c")));
    assert_false(mcp_str_equal(MCP_STR("a"), MCP_STR("ab")));
    assert_true(mcp_str_equal(MCP_STR(""), (struct mcp_str){NULL, 0}));
    assert_int_equal(mcp_str_of("abc").len, 3);
    assert_int_equal(mcp_str_of(NULL).len, 0);
}

static enum mcp_code build(void *user, struct mcp_err *err) {
    (void)user;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(2000);
    mcp_buf_addc(&buf, 'x');
    mcp_buf_addf(&buf, "%600d", 1);
    for (int i = 0; i < 1000; i++)
        mcp_buf_addc(&buf, 'y');
    return mcp_buf_finish(&buf, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(build, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_buffer_is_an_empty_view),
        cmocka_unit_test(appends_build_nul_terminated_text),
        cmocka_unit_test(limit_is_exact),
        cmocka_unit_test(storage_stops_at_the_limit),
        cmocka_unit_test(zero_limit_takes_nothing),
        cmocka_unit_test(first_refusal_sticks),
        cmocka_unit_test(clear_keeps_the_storage),
        cmocka_unit_test(formatting_longer_than_the_stack),
        cmocka_unit_test(reserve_then_commit),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(take_gives_the_storage_away),
        cmocka_unit_test(strings_compare_by_bytes),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("base.buf", tests, NULL, NULL);
}
