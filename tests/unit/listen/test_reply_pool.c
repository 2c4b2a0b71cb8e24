/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listen/reply_pool.h"
#include "torture.h"

static const char plain_text[(size_t)8 << 20];

/* A reply of so many bytes. */
static char *take(struct mcp_reply_pool *pool, size_t bytes) {
    size_t len = 0;
    struct mcp_str part = {plain_text, bytes};
    char *reply = mcp_reply_pool_join(pool, &part, 1, NULL, &len);
    assert_true(reply == NULL || len == bytes);
    return reply;
}

static void a_buffer_of_the_same_size_class_is_reused(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    char *small = take(&pool, 10);
    char *big = take(&pool, MCP_REPLY_POOL_SMALL_BYTES + 1);
    assert_true(small != NULL && big != NULL);
    mcp_reply_pool_give(small);
    mcp_reply_pool_give(big);
    assert_ptr_equal(take(&pool, MCP_REPLY_POOL_SMALL_BYTES), small);
    assert_ptr_equal(take(&pool, MCP_REPLY_POOL_BIG_BYTES), big);
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
        char *buffer = take(&pool, sizes[i]);
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
        buffers[i] = take(&pool, 1);
    for (size_t i = 0; i <= MCP_REPLY_POOL_SMALL_COUNT; i++) {
        assert_int_equal(pool.idle_count[0], i);
        mcp_reply_pool_give(buffers[i]);
    }
    assert_int_equal(pool.idle_count[0], MCP_REPLY_POOL_SMALL_COUNT);
    for (size_t i = 0; i <= MCP_REPLY_POOL_BIG_COUNT; i++)
        buffers[i] = take(&pool, MCP_REPLY_POOL_BIG_BYTES);
    for (size_t i = 0; i <= MCP_REPLY_POOL_BIG_COUNT; i++)
        mcp_reply_pool_give(buffers[i]);
    assert_int_equal(pool.idle_count[1], MCP_REPLY_POOL_BIG_COUNT);
    mcp_reply_pool_deinit(&pool);
}

static void an_impossible_size_is_refused(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    assert_null(take(&pool, SIZE_MAX));
    mcp_reply_pool_deinit(&pool);
}

/* --- replies around a shared blob --- */

enum { BLOB_BYTES = 100 * 1024 };

static struct mcp_blob *new_blob(char letter, size_t bytes) {
    static char text[MCP_REPLY_POOL_BIG_BYTES];
    memset(text, letter, sizeof text);
    struct mcp_blob *blob = mcp_blob_new((struct mcp_str){text, bytes});
    assert_non_null(blob);
    return blob;
}

static char *around(struct mcp_reply_pool *pool, const char *before, struct mcp_blob *blob,
                    const char *after) {
    const struct mcp_str parts[] = {mcp_str_of(before), mcp_blob_view(blob), mcp_str_of(after)};
    size_t len = 0;
    char *reply = mcp_reply_pool_join(pool, parts, 3, blob, &len);
    assert_non_null(reply);
    assert_int_equal(len, parts[0].len + parts[1].len + parts[2].len);
    assert_memory_equal(reply, before, parts[0].len);
    assert_memory_equal(reply + parts[0].len + parts[1].len, after, parts[2].len);
    return reply;
}

static void expect_blob(const char *at, const struct mcp_blob *blob) {
    assert_memory_equal(at, mcp_blob_view(blob).ptr, mcp_blob_view(blob).len);
}

static void what_is_remembered_is_not_copied_again(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    struct mcp_blob *blob = new_blob('b', BLOB_BYTES);
    mcp_reply_pool_init(&pool);
    char *reply = around(&pool, "{1:", blob, "}");
    expect_blob(reply + 3, blob);
    reply[3] = '#'; /* a mark */
    mcp_reply_pool_give(reply);
    reply = around(&pool, "{1000:", blob, "}}}");
    assert_int_equal(reply[6], '#');
    mcp_reply_pool_give(reply);
    reply = around(&pool, "", blob, "");
    assert_int_equal(reply[0], '#');
    mcp_reply_pool_give(reply);
    mcp_blob_unref(blob);
    mcp_reply_pool_deinit(&pool);
}

static void replies_at_once_have_their_own(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    struct mcp_blob *blob = new_blob('b', BLOB_BYTES);
    mcp_reply_pool_init(&pool);
    char *one = around(&pool, "1", blob, "}");
    char *two = around(&pool, "2", blob, "}");
    assert_ptr_not_equal(one, two);
    expect_blob(one + 1, blob);
    expect_blob(two + 1, blob);
    assert_int_equal(one[0], '1');
    mcp_reply_pool_give(one);
    mcp_reply_pool_give(two);
    mcp_blob_unref(blob);
    mcp_reply_pool_deinit(&pool);
}

static void the_one_that_remembers_is_preferred(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    struct mcp_blob *blobs[] = {new_blob('a', BLOB_BYTES), new_blob('b', BLOB_BYTES)};
    char *replies[] = {NULL, NULL};
    mcp_reply_pool_init(&pool);
    for (size_t i = 0; i < 2; i++)
        replies[i] = around(&pool, "", blobs[i], "");
    for (size_t i = 0; i < 2; i++)
        mcp_reply_pool_give(replies[i]);
    for (size_t i = 0; i < 2; i++)
        assert_ptr_equal(around(&pool, "", blobs[i], ""), replies[i]);
    char *plain = take(&pool, BLOB_BYTES); /* there is no third */
    assert_ptr_not_equal(plain, replies[0]);
    for (size_t i = 0; i < 2; i++)
        mcp_reply_pool_give(replies[i]);
    mcp_reply_pool_give(plain);
    assert_ptr_equal(take(&pool, BLOB_BYTES), plain);
    mcp_reply_pool_give(plain);
    for (size_t i = 0; i < 2; i++)
        mcp_blob_unref(blobs[i]);
    mcp_reply_pool_deinit(&pool);
}

static void another_one_takes_its_place(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    for (size_t i = 0; i < 26; i++) {
        struct mcp_blob *blob = new_blob((char)('a' + i), BLOB_BYTES - i);
        char *reply = around(&pool, "head", blob, "tail");
        expect_blob(reply + 4, blob);
        mcp_reply_pool_give(reply);
        mcp_blob_unref(blob); /* the pool still shows it */
        assert_int_equal(pool.idle_count[1], 1);
    }
    char *plain = take(&pool, BLOB_BYTES);
    assert_memory_equal(plain, plain_text, BLOB_BYTES);
    mcp_reply_pool_give(plain);
    mcp_reply_pool_deinit(&pool);
}

/* Whether a mark put on a reply's blob is seen in the next reply. */
static bool remembers(size_t before_bytes, size_t blob_bytes, size_t after_bytes) {
    static char before[MCP_REPLY_POOL_HEAD_BYTES + 2];
    static char after[MCP_REPLY_POOL_BIG_BYTES];
    struct mcp_reply_pool pool;
    struct mcp_blob *blob = new_blob('b', blob_bytes);
    memset(before, 'h', sizeof before);
    before[before_bytes] = '\0';
    memset(after, 't', sizeof after);
    after[after_bytes] = '\0';
    mcp_reply_pool_init(&pool);
    char *reply = around(&pool, before, blob, after);
    expect_blob(reply + before_bytes, blob);
    reply[before_bytes] = '#';
    mcp_reply_pool_give(reply);
    reply = around(&pool, before, blob, after);
    bool is_marked = reply[before_bytes] == '#';
    mcp_reply_pool_give(reply);
    mcp_blob_unref(blob);
    mcp_reply_pool_deinit(&pool);
    return is_marked;
}

static void what_is_remembered_has_bounds(void **state) {
    (void)state;
    const size_t head = MCP_REPLY_POOL_HEAD_BYTES;
    const size_t most = MCP_REPLY_POOL_BIG_BYTES - head;
    assert_true(remembers(head - 1, BLOB_BYTES, 1));
    assert_true(remembers(head, BLOB_BYTES, 1));
    assert_false(remembers(head + 1, BLOB_BYTES, 1));
    assert_true(remembers(100, BLOB_BYTES, most - BLOB_BYTES - 101));
    assert_true(remembers(100, BLOB_BYTES, most - BLOB_BYTES - 100));
    assert_false(remembers(100, BLOB_BYTES, most - BLOB_BYTES - 99));
    assert_false(remembers(0, MCP_REPLY_POOL_SMALL_BYTES, 1));
    assert_true(remembers(0, MCP_REPLY_POOL_SMALL_BYTES + 1, 1));
}

static void a_blob_that_is_no_part_is_not_remembered(void **state) {
    (void)state;
    struct mcp_reply_pool pool;
    struct mcp_blob *blob = new_blob('b', BLOB_BYTES);
    struct mcp_str part = {plain_text, BLOB_BYTES};
    size_t len = 0;
    mcp_reply_pool_init(&pool);
    char *reply = mcp_reply_pool_join(&pool, &part, 1, blob, &len);
    assert_memory_equal(reply, plain_text, len);
    mcp_reply_pool_give(reply);
    mcp_blob_unref(blob);
    mcp_reply_pool_deinit(&pool);
}

static enum mcp_code take_three(void *user, struct mcp_err *err) {
    (void)user;
    struct mcp_reply_pool pool;
    mcp_reply_pool_init(&pool);
    char *a = take(&pool, 1);
    char *b = take(&pool, 1 << 20);
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
        cmocka_unit_test(what_is_remembered_is_not_copied_again),
        cmocka_unit_test(replies_at_once_have_their_own),
        cmocka_unit_test(the_one_that_remembers_is_preferred),
        cmocka_unit_test(another_one_takes_its_place),
        cmocka_unit_test(what_is_remembered_has_bounds),
        cmocka_unit_test(a_blob_that_is_no_part_is_not_remembered),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("listen.reply_pool", tests, NULL, NULL);
}
