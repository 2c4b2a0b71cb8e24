/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "mcp/alloc.h"
#include "protocol/shape.h"
#include "vectors.h"

probe_fn probe_shape;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.shape", probe_shape);
}

static void *refuse(void *old, size_t bytes, void *user) {
    (void)old;
    (void)bytes;
    ++*(size_t *)user;
    return NULL;
}

static void release(void *old, void *user) {
    (void)user;
    free(old);
}

static void encoded_legacy_result_costs_no_allocation(void **state) {
    (void)state;
    struct mcp_blob *blob = mcp_blob_new(MCP_STR("[]"));
    struct mcp_result result;
    mcp_result_init(&result);
    mcp_result_set_encoded(&result, "contents", blob);
    size_t asked = 0;
    mcp_alloc_install(&(struct mcp_allocator){refuse, release, &asked});
    for (int version = MCP_VERSION_OLDEST; version <= MCP_VERSION_NEWEST_LEGACY; version++) {
        struct mcp_shape shape = {.method =
                                      mcp_method_find(MCP_STR("resources/read"),
                                                      (enum mcp_version)version, MCP_SIDE_CLIENT),
                                  .version = (enum mcp_version)version,
                                  .ttl_ms = 1000};
        assert_int_equal(mcp_shape_result(&result, &shape, NULL), MCP_OK);
    }
    mcp_alloc_install(NULL);
    assert_int_equal(asked, 0);
    assert_null(result.members);
    assert_ptr_equal(result.encoded[0].json, blob);
    mcp_result_deinit(&result);
    mcp_blob_unref(blob);
}

/* Which members of a tools/call result are left when structuredContent comes as `bytes`. */
static void expect_structured(enum mcp_version version, struct mcp_str bytes, bool is_kept) {
    struct mcp_blob *blob = mcp_blob_new(bytes);
    struct mcp_result result;
    mcp_result_init(&result);
    mcp_result_set_encoded(&result, "structuredContent", blob);
    const struct mcp_shape shape = {
        .method = mcp_method_find(MCP_STR("tools/call"), version, MCP_SIDE_CLIENT),
        .version = version};
    assert_int_equal(mcp_shape_result(&result, &shape, NULL), MCP_OK);
    assert_int_equal(result.encoded[0].json != NULL, is_kept);
    assert_int_equal(result.encoded[0].key != NULL, is_kept);
    mcp_result_deinit(&result);
    mcp_blob_unref(blob);
}

static void encoded_member_that_a_revision_lacks_is_dropped(void **state) {
    (void)state;
    expect_structured(MCP_VERSION_2024_11_05, MCP_STR("{}"), false);
    expect_structured(MCP_VERSION_2025_03_26, MCP_STR("{}"), false);
    expect_structured(MCP_VERSION_2025_06_18, MCP_STR("{}"), true);
    expect_structured(MCP_VERSION_2025_11_25, MCP_STR("{}"), true);
    expect_structured(MCP_VERSION_2025_11_25, MCP_STR("[]"), false);
    expect_structured(MCP_VERSION_2026_07_28, MCP_STR("[]"), true);
}

static void the_other_encoded_member_stays(void **state) {
    (void)state;
    struct mcp_blob *blob = mcp_blob_new(MCP_STR("[]"));
    struct mcp_buf out = MCP_BUF_INIT(1024);
    for (int is_first = 0; is_first < 2; is_first++) {
        struct mcp_result result;
        mcp_result_init(&result);
        mcp_result_set_encoded(&result, is_first ? "structuredContent" : "content", blob);
        mcp_result_set_encoded(&result, is_first ? "content" : "structuredContent", blob);
        const struct mcp_shape shape = {
            .method =
                mcp_method_find(MCP_STR("tools/call"), MCP_VERSION_2024_11_05, MCP_SIDE_CLIENT),
            .version = MCP_VERSION_2024_11_05};
        assert_int_equal(mcp_shape_result(&result, &shape, NULL), MCP_OK);
        mcp_buf_clear(&out);
        assert_int_equal(mcp_result_write(&result, &out, NULL), MCP_OK);
        assert_string_equal(out.data, "{\"content\":[]}");
        mcp_result_deinit(&result);
    }
    mcp_buf_deinit(&out);
    mcp_blob_unref(blob);
}

static void encoded_member_survives_the_modern_additions(void **state) {
    (void)state;
    struct mcp_blob *blob = mcp_blob_new(MCP_STR("[1]"));
    struct mcp_buf out = MCP_BUF_INIT(1024);
    struct mcp_result result;
    struct mcp_shape shape = {
        .method = mcp_method_find(MCP_STR("resources/read"), MCP_VERSION_NEWEST, MCP_SIDE_CLIENT),
        .version = MCP_VERSION_NEWEST,
        .is_private = true,
        .ttl_ms = 9};
    mcp_result_init(&result);
    mcp_result_set_encoded(&result, "contents", blob);
    assert_int_equal(mcp_shape_result(&result, &shape, NULL), MCP_OK);
    assert_int_equal(mcp_result_write(&result, &out, NULL), MCP_OK);
    assert_string_equal(out.data, "{\"resultType\":\"complete\",\"ttlMs\":9,"
                                  "\"cacheScope\":\"private\",\"contents\":[1]}");
    mcp_buf_deinit(&out);
    mcp_result_deinit(&result);
    mcp_blob_unref(blob);
}

static void params_that_need_no_change_are_shared(void **state) {
    (void)state;
    json_t *params = json_pack("{s:s}", "uri", "a:b");
    json_t *out = NULL;
    const struct mcp_method *updated = mcp_method_find(MCP_STR("notifications/resources/updated"),
                                                       MCP_VERSION_OLDEST, MCP_SIDE_SERVER);
    assert_int_equal(mcp_shape_params(params, updated, MCP_VERSION_OLDEST, &out, NULL), MCP_OK);
    assert_ptr_equal(out, params);
    json_decref(out);
    json_decref(params);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(encoded_legacy_result_costs_no_allocation),
        cmocka_unit_test(encoded_member_that_a_revision_lacks_is_dropped),
        cmocka_unit_test(the_other_encoded_member_stays),
        cmocka_unit_test(encoded_member_survives_the_modern_additions),
        cmocka_unit_test(params_that_need_no_change_are_shared)};
    return vectors_run("protocol.shape", probe_shape, more, MCP_COUNT(more));
}
