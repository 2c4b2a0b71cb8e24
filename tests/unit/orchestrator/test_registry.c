/* SPDX-License-Identifier: MIT */
#include "orchestrator/registry.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_registry;

static char text_1[] = "{\"ops\": [[\"add\", {\"id\": \"a\", \"name\": \"A\", \"priority\": 2, "
                       "\"domains\": [\"d\"]}], [\"a"
                       "dd\", {\"id\": \"b\", \"name\": \"B\", \"priority\": 1, \"domains\": "
                       "[\"d\"]}], [\"up\", 0, 1, \"v"
                       "\"], [\"down\", 1, 2, {\"code\": \"E_IO\", \"what\": \"x\"}], [\"order\"], "
                       "[\"domain\", \"d\"], ["
                       "\"row\", 0], [\"find\", \"B\"]]}";

static enum mcp_code scenario(void *user, struct mcp_err *err) {
    const char *text = user;
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &in, err));
    return probe_registry(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(scenario, text_1);
}

static void nothing_to_free_is_fine(void **state) {
    (void)state;
    struct orch_registry *none = NULL;
    orch_registry_free(NULL);
    orch_registry_freep(&none);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(nothing_to_free_is_fine),
    };
    return vectors_run("orchestrator.registry", probe_registry, more, MCP_COUNT(more));
}
