/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_product_outline;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("product_metadata.product_outline", probe_product_outline);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("product_metadata.product_outline", probe_product_outline, more,
                       MCP_COUNT(more));
}
