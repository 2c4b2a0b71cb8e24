/* SPDX-License-Identifier: MIT */
#include "client/pages.h"
#include "vectors.h"

probe_fn probe_pages;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("client.pages", probe_pages);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    mcp_pages_free(NULL);
    return vectors_run("client.pages", probe_pages, more, MCP_COUNT(more));
}
