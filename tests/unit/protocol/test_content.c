/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_content;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.content", probe_content);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("protocol.content", probe_content, more, MCP_COUNT(more));
}
