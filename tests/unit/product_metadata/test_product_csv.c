/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_product_csv;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("product_metadata.product_csv", probe_product_csv);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("product_metadata.product_csv", probe_product_csv, more, MCP_COUNT(more));
}
