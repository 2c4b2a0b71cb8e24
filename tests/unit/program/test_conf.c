/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_conf;

static enum mcp_code resolves(void *user, struct mcp_err *err) {
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(user), &in, err));
    return probe_conf(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("program.conf", probe_conf);
}

/* The message of a refusal is built in memory too. */
static enum mcp_code refuses(void *user, struct mcp_err *err) {
    struct mcp_err why = {0};
    enum mcp_code code = resolves(user, &why);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "%s", why.what);
    assert_int_equal(code, MCP_E_INVALID);
    return MCP_OK;
}

static void refusal_survives_any_refused_allocation(void **state) {
    (void)state;
    char text[] = "{\"schema\": {\"properties\": {\"port\": {\"type\": \"integer\", \"minimum\": "
                  "0, \"x-env\": \"PORT\"}}}, \"env\": [\"PORT=x\"]}";
    torture_run(refuses, text);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(refusal_survives_any_refused_allocation)};
    return vectors_run("program.conf", probe_conf, more, MCP_COUNT(more));
}
