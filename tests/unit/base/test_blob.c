/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mcp/blob.h"
#include "torture.h"

static void holds_a_copy(void **state) {
    (void)state;
    char text[] = "abc";
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *blob = mcp_blob_new((struct mcp_str){text, 3});
    text[0] = 'x';
    assert_true(mcp_str_equal(mcp_blob_view(blob), MCP_STR("abc")));
    assert_int_equal(mcp_blob_view(blob).ptr[3], 0);
}

static void empty_and_null(void **state) {
    (void)state;
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *blob = mcp_blob_new((struct mcp_str){NULL, 0});
    assert_non_null(blob);
    assert_int_equal(mcp_blob_view(blob).len, 0);
    assert_int_equal(mcp_blob_view(NULL).len, 0);
    assert_null(mcp_blob_ref(NULL));
    mcp_blob_unref(NULL);
    assert_null(mcp_blob_new((struct mcp_str){"", SIZE_MAX}));
}

static void takes_what_a_buffer_holds(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(100000);
    for (size_t len = 0; len <= 5000; len = 2 * len + 1) {
        assert_int_equal(buf.len, 0);
        for (size_t i = 0; i < len; i++)
            mcp_buf_addc(&buf, (char)('a' + i % 26));
        MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *blob = mcp_blob_take(&buf);
        assert_true((blob != NULL) == (len > 0));
        assert_int_equal(mcp_blob_view(blob).len, len);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(mcp_blob_view(blob).ptr[i], 'a' + i % 26);
        if (blob != NULL)
            assert_int_equal(mcp_blob_view(blob).ptr[len], 0);
    }
}

static void last_unref_frees(void **state) {
    (void)state;
    struct mcp_blob *blob = mcp_blob_new(MCP_STR("abc"));
    struct mcp_blob *other = mcp_blob_ref(blob);
    assert_ptr_equal(blob, other);
    mcp_blob_unrefp(&blob);
    assert_null(blob);
    assert_int_equal(mcp_blob_view(other).len, 3);
    mcp_blob_unref(other);
}

static void *share(void *user) {
    for (int i = 0; i < 10000; i++)
        mcp_blob_unref(mcp_blob_ref(user));
    mcp_blob_unref(user);
    return NULL;
}

static void many_threads_share_one(void **state) {
    (void)state;
    pthread_t threads[4];
    struct mcp_blob *blob = mcp_blob_new(MCP_STR("abc"));
    for (size_t i = 0; i < MCP_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, share, mcp_blob_ref(blob)), 0);
    for (size_t i = 0; i < MCP_COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(mcp_blob_view(blob).len, 3);
    mcp_blob_unref(blob);
}

static enum mcp_code make(void *user, struct mcp_err *err) {
    (void)user;
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *blob = mcp_blob_new(MCP_STR("abc"));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(100);
    mcp_buf_add(&buf, MCP_STR("abc"));
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *taken = mcp_blob_take(&buf);
    assert_int_equal(buf.len, 0);
    return blob != NULL && taken != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(make, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_a_copy),
        cmocka_unit_test(empty_and_null),
        cmocka_unit_test(takes_what_a_buffer_holds),
        cmocka_unit_test(last_unref_frees),
        cmocka_unit_test(many_threads_share_one),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("base.blob", tests, NULL, NULL);
}
