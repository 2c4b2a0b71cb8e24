/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "mcp/map.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_map;

/* user: the text of the case's "in". Cases are made outside the count of allocations. */
static enum mcp_code run_case(void *user, struct mcp_err *err) {
    json_t *out = NULL;
    MCP_TRY(probe_map(user, &out, err));
    json_decref(out);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    static const char *const cases[] = {
        "{\"do\": [[\"fill\", \"k\", 20], [\"thin\", \"k\", 20, 5], [\"put\", \"k0\", \"x\"], "
        "[\"keys\"]]}",
        "{\"do\": [[\"put\", \"a\", \"x\"], [\"take\", \"a\"], [\"clear\"], [\"drain\"]]}",
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        json_t *in = json_loads(cases[i], 0, NULL);
        assert_non_null(in);
        torture_run(run_case, in);
        json_decref(in);
    }
}

static int drops;

static void count_drop(void *value) {
    (void)value;
    drops++;
}

static void borrowed_values_are_left_alone(void **state) {
    (void)state;
    int one = 1;
    MCP_AUTO(mcp_map_freep) struct mcp_map *map = NULL;
    assert_int_equal(mcp_map_new(1, NULL, &map, NULL), MCP_OK);
    assert_int_equal(mcp_map_put(map, MCP_STR("a"), &one, NULL), MCP_OK);
    assert_true(mcp_map_remove(map, MCP_STR("a")));
    assert_int_equal(one, 1);
}

static void null_value_is_a_member_and_is_never_dropped(void **state) {
    (void)state;
    MCP_AUTO(mcp_map_freep) struct mcp_map *map = NULL;
    drops = 0;
    assert_int_equal(mcp_map_new(1, count_drop, &map, NULL), MCP_OK);
    assert_int_equal(mcp_map_put(map, MCP_STR("a"), NULL, NULL), MCP_OK);
    assert_int_equal(mcp_map_count(map), 1);
    assert_true(mcp_map_remove(map, MCP_STR("a")));
    assert_int_equal(drops, 0);
}

static void putting_the_same_value_again_does_not_drop_it(void **state) {
    (void)state;
    int one = 1;
    MCP_AUTO(mcp_map_freep) struct mcp_map *map = NULL;
    drops = 0;
    assert_int_equal(mcp_map_new(1, count_drop, &map, NULL), MCP_OK);
    assert_int_equal(mcp_map_put(map, MCP_STR("a"), &one, NULL), MCP_OK);
    assert_int_equal(mcp_map_put(map, MCP_STR("a"), &one, NULL), MCP_OK);
    assert_int_equal(drops, 0);
    mcp_map_clear(map);
    assert_int_equal(drops, 1);
}

static void free_accepts_null(void **state) {
    (void)state;
    struct mcp_map *map = NULL;
    mcp_map_free(NULL);
    mcp_map_freep(&map);
}

static void keys_are_bytes_and_copied(void **state) {
    (void)state;
    char key[3] = {'a', '\0', '\xff'};
    int one = 1;
    MCP_AUTO(mcp_map_freep) struct mcp_map *map = NULL;
    assert_int_equal(mcp_map_new(1, NULL, &map, NULL), MCP_OK);
    assert_int_equal(mcp_map_put(map, (struct mcp_str){key, 3}, &one, NULL), MCP_OK);
    key[0] = 'b';
    assert_null(mcp_map_get(map, (struct mcp_str){key, 3}));
    assert_ptr_equal(mcp_map_get(map, (struct mcp_str){"a\0\xff", 3}), &one);
    assert_null(mcp_map_get(map, (struct mcp_str){"a", 1}));
    assert_null(mcp_map_get(map, (struct mcp_str){NULL, 0}));
}

static void next_takes_null_outs(void **state) {
    (void)state;
    int one = 1;
    size_t at = 0;
    MCP_AUTO(mcp_map_freep) struct mcp_map *map = NULL;
    assert_int_equal(mcp_map_new(1, NULL, &map, NULL), MCP_OK);
    assert_false(mcp_map_next(map, &at, NULL, NULL));
    assert_int_equal(mcp_map_put(map, MCP_STR("a"), &one, NULL), MCP_OK);
    assert_true(mcp_map_next(map, &at, NULL, NULL));
    assert_false(mcp_map_next(map, &at, NULL, NULL));
}

/* A queue: the oldest leaves, a new one comes. Gaps must neither pile up nor slow the front down.
 */
static void first_in_first_out_for_long(void **state) {
    (void)state;
    enum { HELD = 1000, TURNS = 200000 };
    int one = 1;
    char name[32];
    MCP_AUTO(mcp_map_freep) struct mcp_map *map = NULL;
    assert_int_equal(mcp_map_new(1, NULL, &map, NULL), MCP_OK);
    for (int i = 0; i < HELD + TURNS; i++) {
        int len = snprintf(name, sizeof name, "%d", i);
        struct mcp_str key = {name, (size_t)len};
        assert_int_equal(mcp_map_put(map, key, &one, NULL), MCP_OK);
        size_t at = 0;
        if (i >= HELD && mcp_map_next(map, &at, &key, NULL))
            assert_true(mcp_map_remove(map, key));
    }
    assert_int_equal(mcp_map_count(map), HELD);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(borrowed_values_are_left_alone),
        cmocka_unit_test(null_value_is_a_member_and_is_never_dropped),
        cmocka_unit_test(putting_the_same_value_again_does_not_drop_it),
        cmocka_unit_test(free_accepts_null),
        cmocka_unit_test(keys_are_bytes_and_copied),
        cmocka_unit_test(next_takes_null_outs),
        cmocka_unit_test(first_in_first_out_for_long),
    };
    return vectors_run("base.map", probe_map, more, MCP_COUNT(more));
}
