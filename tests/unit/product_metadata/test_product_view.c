/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_product_view;

static bool is_small(const json_t *in) {
    return json_object_get(in, "products") == NULL;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture_some("product_metadata.product_view", probe_product_view, is_small);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("product_metadata.product_view", probe_product_view, more, MCP_COUNT(more));
}
