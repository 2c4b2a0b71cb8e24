/* SPDX-License-Identifier: MIT */
#include "orchestrator/cache.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_cache;

static char text_1[] = "{\"ttl_ms\": 10, \"max\": 2, \"ops\": [[\"put\", \"a\", {\"x\": [1]}, 0], "
                       "[\"put\", \"b\", 2, 0]"
                       ", [\"get\", \"a\", 1], [\"put\", \"c\", 3, 1], [\"put\", \"c\", 4, 1], "
                       "[\"get\", \"c\", 50], [\"i"
                       "nvalidate\", \"a\"], [\"stats\"], [\"clear\"]]}";

static char text_2[] = "{\"on_error_ms\": 50, \"revalidate_ms\": 20, \"max_bytes\": 80, \"ops\": "
                       "[[\"put\", \"a\", [1], 0], [\"put\", \"b\", 2, 0], [\"expire\", \"b\"], "
                       "[\"stale\", \"b\", 5, \"on_error\"], [\"describe\", \"b\", 5], [\"limit\", "
                       "{\"max\": 0}], [\"size\"]]}";

static enum mcp_code scenario(void *user, struct mcp_err *err) {
    const char *text = user;
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &in, err));
    return probe_cache(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(scenario, text_1);
    torture_run(scenario, text_2);
}

static void nothing_to_free_is_fine(void **state) {
    (void)state;
    struct orch_cache *none = NULL;
    orch_cache_free(NULL);
    orch_cache_freep(&none);
    orch_value_unref(NULL);
    assert_null(orch_value_ref(NULL));
    assert_null(orch_value_root(NULL));
    assert_null(orch_value_new(NULL));
    assert_int_equal(orch_value_bytes(NULL), 0);
}

static void a_value_outlives_its_entry(void **state) {
    (void)state;
    const struct orch_cache_limits limits = {.ttl_ms = 10, .max_items = 4, .max_bytes = 1000};
    const struct orch_cache_terms terms = {.ttl_ms = ORCH_TTL_UNSAID};
    const struct orch_cache_key key = {"k", 0};
    struct orch_cache *cache = NULL;
    struct orch_value *value = orch_value_new(json_pack("{s:i}", "a", 1));
    assert_int_equal(orch_cache_new(&limits, &cache, NULL), MCP_OK);
    assert_int_equal(orch_cache_put(cache, &key, value, &terms, 0, NULL), MCP_OK);
    orch_value_unref(value);
    struct orch_value *mine = orch_cache_get(cache, &key, 5);
    assert_ptr_equal(mine, value);
    assert_true(orch_cache_invalidate(cache, "k"));
    orch_cache_free(cache);
    assert_int_equal(json_integer_value(json_object_get(orch_value_root(mine), "a")), 1);
    orch_value_unrefp(&mine);
    assert_null(mine);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(nothing_to_free_is_fine),
        cmocka_unit_test(a_value_outlives_its_entry),
    };
    return vectors_run("orchestrator.cache", probe_cache, more, MCP_COUNT(more));
}
