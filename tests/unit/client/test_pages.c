/* SPDX-License-Identifier: MIT */
#include "client/pages.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_pages;

static enum mcp_code two_pages(void *user, struct mcp_err *err) {
    (void)user;
    json_auto_t *in = json_pack("{s:s, s:[{s:[i], s:s}, {s:[i]}]}", "key", "k", "pages", "k", 1,
                                "nextCursor", "a", "k", 2);
    json_auto_t *out = NULL;
    if (in == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_pages(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(two_pages, NULL);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    mcp_pages_free(NULL);
    return vectors_run("client.pages", probe_pages, more, MCP_COUNT(more));
}
