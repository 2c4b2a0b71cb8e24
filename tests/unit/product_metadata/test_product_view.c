/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_product_view;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("product_metadata.product_view", probe_product_view);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("product_metadata.product_view", probe_product_view, more, MCP_COUNT(more));
}
