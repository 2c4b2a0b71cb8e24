/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_status;

static char text_1[] =
    "{\"initialized\": true, \"servers\": [{\"id\": \"a\", \"name\": \"A\", \"priority\": 2, "
    "\"domai"
    "ns\": [\"d\"], \"url\": \"http://h/\", \"up\": {\"at\": 5, \"transport\": \"sse\", "
    "\"version\": \""
    "v\"}, \"down\": {\"at\": 9, \"code\": \"E_IO\", \"what\": \"x\"}}, {\"id\": \"b\", \"name\": "
    "\"B\", \""
    "priority\": 1, \"domains\": [\"d\"], \"command\": \"c\"}], \"cache\": [[\"put\", "
    "\"resources:a\", 0, 1]]}";
static char text_2[] = "{\"initialized\": false, \"servers\": null, \"cache\": null}";

static enum mcp_code scenario(void *user, struct mcp_err *err) {
    const char *text = user;
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &in, err));
    return probe_status(in, &out, err);
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
    return vectors_run("orchestrator.status", probe_status, more, MCP_COUNT(more));
}
