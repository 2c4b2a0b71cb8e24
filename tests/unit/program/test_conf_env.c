/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_conf_env;

static enum mcp_code two_lines(void *user, struct mcp_err *err) {
    (void)user;
    json_auto_t *in = json_pack("{s:s}", "text", "export A='x' # y\nB=\"a\\nb\"\n");
    json_auto_t *out = NULL;
    if (in == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_conf_env(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(two_lines, NULL);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("program.conf_env", probe_conf_env, more, MCP_COUNT(more));
}
