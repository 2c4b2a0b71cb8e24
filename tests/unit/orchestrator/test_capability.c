/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_capability;

static char text_1[] =
    "{\"expected\": [\"list_resources\", \"query\", \"other\"], \"declared\": {\"resources\": {}, "
    "\"tools\": {}}, \"tools\": [{\"name\": \"query\"}]}";
static char text_2[] = "{\"expected\": [\"query\"]}";

static enum mcp_code scenario(void *user, struct mcp_err *err) {
    const char *text = user;
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &in, err));
    return probe_capability(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(scenario, text_1);
    torture_run(scenario, text_2);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return vectors_run("orchestrator.capability", probe_capability, more, MCP_COUNT(more));
}
