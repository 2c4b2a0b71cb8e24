/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_schema_format;

/* user: the case's "in", made outside the count of allocations. */
static enum mcp_code run_case(void *user, struct mcp_err *err) {
    json_auto_t *out = NULL;
    return probe_schema_format(user, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    json_t *in = json_pack("{s:s, s:[s, s]}", "format", "regex", "texts", "(a)[b-c]\\p{L}", "(");
    assert_non_null(in);
    torture_run(run_case, in);
    json_decref(in);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("json.schema_format", probe_schema_format, more, MCP_COUNT(more));
}
