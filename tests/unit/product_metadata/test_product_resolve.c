/* SPDX-License-Identifier: MIT */
#include "product_metadata/resolve.h"
#include "vectors.h"

probe_fn probe_product_resolve;

/* Resolve "x" where one product has it as alias `count` times: a step each, and one to get there.
 */
static bool is_cut_with(size_t count) {
    static struct mcp_str aliases[PRODUCT_RESOLVE_MAX_STEPS];
    const struct product_item item = {.key = MCP_STR("z"),
                                      .canonical_id = MCP_STR("z"),
                                      .canonical_name = MCP_STR("z"),
                                      .aliases = aliases,
                                      .alias_count = count};
    const struct product_model model = {.items = &item, .item_count = 1};
    const struct product_question question = {.term = MCP_STR("x"), .limit = 1};
    MCP_AUTO(product_term_index_freep) struct product_term_index *index = NULL;
    struct product_resolution found;
    for (size_t i = 0; i < count; i++)
        aliases[i] = MCP_STR("x");
    assert_int_equal(product_term_index_new(&model, &index, NULL), MCP_OK);
    assert_int_equal(product_resolve(index, &question, &found, NULL), MCP_OK);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.matches[0].kind, PRODUCT_MATCH_ALIAS);
    return found.is_truncated;
}

static void one_step_less_than_the_most_is_whole(void **state) {
    (void)state;
    assert_false(is_cut_with(PRODUCT_RESOLVE_MAX_STEPS - 2));
}

static void the_most_steps_are_whole(void **state) {
    (void)state;
    assert_false(is_cut_with(PRODUCT_RESOLVE_MAX_STEPS - 1));
}

static void one_step_more_is_truncated(void **state) {
    (void)state;
    assert_true(is_cut_with(PRODUCT_RESOLVE_MAX_STEPS));
}

static void kinds_have_names(void **state) {
    (void)state;
    assert_string_equal(product_match_kind_name(PRODUCT_MATCH_EXACT), "exact");
    assert_string_equal(product_match_kind_name(PRODUCT_MATCH_FUZZY), "fuzzy");
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("product_metadata.product_resolve", probe_product_resolve);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(one_step_less_than_the_most_is_whole),
        cmocka_unit_test(the_most_steps_are_whole), cmocka_unit_test(one_step_more_is_truncated),
        cmocka_unit_test(kinds_have_names), cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("product_metadata.product_resolve", probe_product_resolve, more,
                       MCP_COUNT(more));
}
