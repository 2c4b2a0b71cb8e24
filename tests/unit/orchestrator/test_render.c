/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_render;

static char text_1[] =
    "{\"show\": \"status\", \"data\": {\"servers\": [{\"name\": \"A\", \"connected\": true, "
    "\"priori"
    "ty\": 1, \"domains\": [\"d\", \"e\"], \"error\": \"x\"}], \"cache_stats\": {\"hits\": 1}}}";
static char text_2[] = "{\"show\": \"gather\", \"data\": {\"A\": {\"resources\": {\"R\": {}}}}, "
                       "\"missing\": [{\"name\":"
                       " \"B\", \"uri\": \"u\", \"error\": \"e\"}]}";
static char text_3[] =
    "{\"show\": \"configuration\", \"data\": {\"mcp_servers\": {\"a\": {\"name\": \"A\", "
    "\"command\":"
    " \"c\", \"args\": [\"x\"], \"priority\": 1, \"timeout\": 3}}, \"orchestration\": {}}}";
static char text_4[] =
    "{\"show\": \"contents\", \"terminal\": true, \"data\": [{\"text\": \"a\\nb\"}]}";

static enum mcp_code scenario(void *user, struct mcp_err *err) {
    const char *text = user;
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &in, err));
    return probe_render(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(scenario, text_1);
    torture_run(scenario, text_2);
    torture_run(scenario, text_3);
    torture_run(scenario, text_4);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return vectors_run("orchestrator.render", probe_render, more, MCP_COUNT(more));
}
