/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "product_metadata/store.h"
#include "torture.h"
#include "vectors.h"

/* A snapshot whose version, mapping count and body all say `number`. */
static struct product_snapshot *numbered(size_t number) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    struct product_snapshot *snapshot = NULL;
    char version[32];
    (void)snprintf(version, sizeof version, "%zu", number);
    json_auto_t *root =
        json_pack("{s:s, s:{s:s}}", "version", version, "column_mappings", "n", version);
    if (product_model_build(root, 0, &model, NULL) == MCP_OK &&
        product_snapshot_new(MCP_TAKE(model), &snapshot, NULL) != MCP_OK)
        return NULL;
    return snapshot;
}

static struct product_store *fresh_store(void) {
    struct product_store *store = NULL;
    assert_int_equal(product_store_new(&store, NULL), MCP_OK);
    return store;
}

static void before_the_first_there_is_nothing(void **state) {
    (void)state;
    MCP_AUTO(product_store_freep) struct product_store *store = fresh_store();
    struct product_store_status status;
    struct product_snapshot *snapshot = NULL;
    assert_null(product_store_get(store));
    product_store_status(store, &status, &snapshot);
    assert_null(snapshot);
    assert_int_equal(status.load_count, 0);
    product_store_free(NULL);
    product_snapshot_unref(NULL);
    assert_null(product_snapshot_ref(NULL));
}

static void the_last_put_is_served(void **state) {
    (void)state;
    MCP_AUTO(product_store_freep) struct product_store *store = fresh_store();
    product_store_put(store, numbered(1), 10);
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *old = product_store_get(store);
    product_store_put(store, numbered(2), 20);
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *now = product_store_get(store);
    assert_string_equal(product_snapshot_facts(old)->version, "1"); /* still whole */
    assert_string_equal(product_snapshot_facts(now)->version, "2");
}

static void a_failure_keeps_the_former_and_a_put_forgets_it(void **state) {
    (void)state;
    MCP_AUTO(product_store_freep) struct product_store *store = fresh_store();
    const struct mcp_err why = {.code = MCP_E_SYNTAX, .where = "f:1:2", .what = "bad"};
    struct product_store_status status;
    product_store_put(store, numbered(1), 10);
    product_store_fail(store, &why, 20);
    product_store_fail(store, &why, 30);
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *kept = NULL;
    product_store_status(store, &status, &kept);
    assert_string_equal(product_snapshot_facts(kept)->version, "1");
    assert_int_equal(status.load_count, 1);
    assert_int_equal(status.failure_count, 2);
    assert_int_equal(status.loaded_wall_ms, 10);
    assert_int_equal(status.failed_wall_ms, 30);
    assert_string_equal(status.failure.where, "f:1:2");
    product_store_put(store, numbered(2), 40);
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *next = NULL;
    product_store_status(store, &status, &next);
    assert_int_equal(status.load_count, 2);
    assert_int_equal(status.failure_count, 2);
    assert_int_equal(status.failed_wall_ms, 0);
    assert_string_equal(status.failure.what, "");
}

static bool summary_has(struct product_store *store, const char *part) {
    MCP_AUTO(mcp_blob_unrefp)
    struct mcp_blob *summary = product_store_contents(store, PRODUCT_RESOURCE_SUMMARY);
    struct mcp_str text = mcp_blob_view(summary);
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void the_summary_tells_of_a_failure_until_a_put(void **state) {
    (void)state;
    MCP_AUTO(product_store_freep) struct product_store *store = fresh_store();
    const struct mcp_err why = {.code = MCP_E_SYNTAX, .where = "f:1:2", .what = "bad"};
    assert_null(product_store_contents(store, PRODUCT_RESOURCE_SUMMARY));
    product_store_fail(store, &why, 5);
    assert_null(product_store_contents(store, PRODUCT_RESOURCE_SUMMARY));
    product_store_put(store, numbered(1), 10);
    assert_true(summary_has(store, "\\\"status\\\":\\\"ok\\\""));
    product_store_fail(store, &why, 20);
    product_store_fail(store, &why, 30);
    assert_true(summary_has(store, "\\\"status\\\":\\\"degraded\\\""));
    assert_true(summary_has(store, "\\\"failures\\\":3"));
    assert_true(summary_has(store, "\\\"version\\\":\\\"1\\\""));
    MCP_AUTO(mcp_blob_unrefp)
    struct mcp_blob *mappings = product_store_contents(store, PRODUCT_RESOURCE_MAPPINGS);
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *kept = product_store_get(store);
    assert_ptr_equal(mappings, product_snapshot_contents(kept, PRODUCT_RESOURCE_MAPPINGS));
    product_store_put(store, numbered(2), 40);
    assert_true(summary_has(store, "\\\"status\\\":\\\"ok\\\""));
    assert_false(summary_has(store, "reload_error"));
}

/* Without memory for it the summary stays; all else is noted. */
static enum mcp_code fails_once(void *user, struct mcp_err *err) {
    MCP_AUTO(product_store_freep) struct product_store *store = NULL;
    struct product_snapshot *snapshot = user;
    struct product_store_status status;
    const struct mcp_err why = {.code = MCP_E_SYNTAX, .where = "f:1:2", .what = "bad"};
    MCP_TRY(product_store_new(&store, err));
    product_store_put(store, product_snapshot_ref(snapshot), 10);
    product_store_fail(store, &why, 20);
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *kept = NULL;
    product_store_status(store, &status, &kept);
    assert_int_equal(status.failure_count, 1);
    return summary_has(store, "degraded") ? MCP_OK
                                          : MCP_FAIL(err, MCP_E_NOMEM, "the summary stayed");
}

static void a_failure_survives_any_refused_allocation(void **state) {
    (void)state;
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = numbered(1);
    torture_run(fails_once, snapshot);
}

enum { READERS = 4, SWAPS = 1000 };

struct crowd {
    struct product_store *store;
    atomic_bool is_over;
    atomic_size_t torn; /* answers that mix two snapshots */
    atomic_size_t reads;
};

static void *read_on(void *arg) {
    struct crowd *crowd = arg;
    while (!atomic_load(&crowd->is_over)) {
        MCP_AUTO(product_snapshot_unrefp)
        struct product_snapshot *snapshot = product_store_get(crowd->store);
        char want[64];
        (void)snprintf(want, sizeof want, "{\\\"mappings\\\":{\\\"n\\\":\\\"%s\\\"}}",
                       product_snapshot_facts(snapshot)->version);
        struct mcp_str body =
            mcp_blob_view(product_snapshot_contents(snapshot, PRODUCT_RESOURCE_MAPPINGS));
        if (memmem(body.ptr, body.len, want, strlen(want)) == NULL)
            atomic_fetch_add(&crowd->torn, 1);
        atomic_fetch_add(&crowd->reads, 1);
    }
    return NULL;
}

static void readers_see_one_snapshot_or_the_other(void **state) {
    (void)state;
    MCP_AUTO(product_store_freep) struct product_store *store = fresh_store();
    struct crowd crowd = {.store = store};
    pthread_t readers[READERS];
    product_store_put(store, numbered(0), 0);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &crowd), 0);
    for (size_t i = 1; i <= SWAPS; i++)
        product_store_put(store, numbered(i), 0);
    while (atomic_load(&crowd.reads) == 0)
        (void)sched_yield();
    atomic_store(&crowd.is_over, true);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(atomic_load(&crowd.torn), 0);
}

static enum mcp_code creates(void *user, struct mcp_err *err) {
    MCP_AUTO(product_store_freep) struct product_store *store = NULL;
    (void)user;
    return product_store_new(&store, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(creates, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_there_is_nothing),
        cmocka_unit_test(the_last_put_is_served),
        cmocka_unit_test(a_failure_keeps_the_former_and_a_put_forgets_it),
        cmocka_unit_test(the_summary_tells_of_a_failure_until_a_put),
        cmocka_unit_test(a_failure_survives_any_refused_allocation),
        cmocka_unit_test(readers_see_one_snapshot_or_the_other),
        cmocka_unit_test(survives_any_refused_allocation)};
    return cmocka_run_group_tests_name("product_metadata.product_store", tests, NULL, NULL);
}
