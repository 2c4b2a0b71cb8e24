/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "torture.h"
#include "vectors.h"

probe_fn probe_conf;

static const char typical[] =
    "{\"schema\": {\"properties\": {"
    "\"port\": {\"type\": \"integer\", \"minimum\": 0, \"x-option\": \"--port\"},"
    "\"hosts\": {\"type\": \"array\", \"x-option\": \"--host\", \"x-env\": \"HOSTS\"},"
    "\"names\": {\"type\": \"array\", \"x-option\": \"--name\"},"
    "\"level\": {\"type\": \"string\", \"enum\": [\"a\"], \"x-env\": \"LEVEL\"},"
    "\"rest\": {\"type\": \"object\", \"default\": {\"a\": [1]}}}},"
    "\"argv\": [\"--port=1\", \"--name\", \"n\", \"--name=m\", \"word\"],"
    "\"env\": [\"HOSTS=a,b\"], \"dotenv\": \"LEVEL=a\\n\", \"positional\": true}";

static enum mcp_code resolves(void *user, struct mcp_err *err) {
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(user), &in, err));
    return probe_conf(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    char text[sizeof typical];
    memcpy(text, typical, sizeof typical);
    torture_run(resolves, text);
    char help[] = "{\"help\": {\"properties\": {\"p\": {\"type\": \"integer\", \"x-option\": "
                  "\"--port\", \"default\": 1, \"description\": \"a b\"}}}}";
    torture_run(resolves, help);
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
