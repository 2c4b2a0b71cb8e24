/* SPDX-License-Identifier: MIT */
#include "mcp/method.h"
#include "vectors.h"

probe_fn probe_method;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.method", probe_method);
}

static bool overlap(const struct mcp_method *a, const struct mcp_method *b) {
    return a->sender == b->sender && a->first <= b->last && b->first <= a->last &&
           mcp_str_equal(mcp_str_of(a->name), mcp_str_of(b->name));
}

static void no_two_rows_answer_the_same_question(void **state) {
    (void)state;
    for (size_t i = 0; mcp_method_at(i) != NULL; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(overlap(mcp_method_at(i), mcp_method_at(k)));
}

static void every_row_is_found_by_its_name(void **state) {
    (void)state;
    for (size_t i = 0; mcp_method_at(i) != NULL; i++) {
        const struct mcp_method *row = mcp_method_at(i);
        struct mcp_str name = mcp_str_of(row->name);
        assert_ptr_equal(mcp_method_find(name, row->first, row->sender), row);
        assert_ptr_equal(mcp_method_find(name, row->last, row->sender), row);
        assert_true(row->first <= row->last);
        assert_string_not_equal(mcp_feature_name(row->feature), "unknown");
        assert_true(!row->is_notification ||
                    (row->list_key == NULL && row->name_param == NULL && !row->is_cacheable));
    }
    assert_string_equal(mcp_feature_name((enum mcp_feature)99), "unknown");
    assert_null(mcp_method_find((struct mcp_str){NULL, 0}, MCP_VERSION_NEWEST, MCP_SIDE_CLIENT));
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(no_two_rows_answer_the_same_question),
                                      cmocka_unit_test(every_row_is_found_by_its_name)};
    return vectors_run("protocol.method", probe_method, more, MCP_COUNT(more));
}
