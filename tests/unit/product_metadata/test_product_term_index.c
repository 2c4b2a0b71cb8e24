/* SPDX-License-Identifier: MIT */
#include "product_metadata/term_index.h"
#include "vectors.h"

probe_fn probe_product_term_index;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("product_metadata.product_term_index", probe_product_term_index);
}

static void ignore(const struct product_hit *hit, void *user) {
    (void)hit;
    (void)user;
}

static void nothing_is_freed_twice(void **state) {
    struct product_term_index *none = NULL;
    (void)state;
    product_term_index_free(NULL);
    product_term_index_freep(&none);
}

/* A tree of nothing but its root, and what it holds. */
static void an_empty_model_has_an_index(void **state) {
    (void)state;
    const struct product_model model = {0};
    MCP_AUTO(product_term_index_freep) struct product_term_index *index = NULL;
    struct product_walk walk = {.on_hit = ignore, .max_steps = 10};
    assert_int_equal(product_term_index_new(&model, &index, NULL), MCP_OK);
    product_term_index_equal(index, MCP_STR("a"), &walk);
    product_term_index_prefix(index, MCP_STR("a"), 0, PRODUCT_PREFIX_MAX_REST, &walk);
    product_term_index_fuzzy(index, MCP_STR("a"), PRODUCT_FUZZY_MAX_DISTANCE, &walk);
    assert_int_equal(walk.step_count, 0);
    assert_true(product_term_index_bytes(index) < 200);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(nothing_is_freed_twice),
                                      cmocka_unit_test(an_empty_model_has_an_index)};
    return vectors_run("product_metadata.product_term_index", probe_product_term_index, more,
                       MCP_COUNT(more));
}
