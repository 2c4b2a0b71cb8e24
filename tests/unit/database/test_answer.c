/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mcp/schema.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_answer;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("database.answer", probe_answer);
}

/* schemas/tools/ */
extern const char database_execute_query_output[];
extern const char database_validate_query_output[];
extern const char database_explain_query_output[];

static const char *schema_of(const char *kind) {
    if (strcmp(kind, "query") == 0)
        return database_execute_query_output;
    if (strcmp(kind, "validation") == 0)
        return database_validate_query_output;
    return strcmp(kind, "plan") == 0 ? database_explain_query_output : NULL;
}

/* S-53. They are sent as bytes, which the engine does not check. */
static void answers_conform_to_their_schemas(void **state) {
    (void)state;
    json_auto_t *vectors = vectors_load("database.answer");
    const json_t *test = NULL;
    size_t i = 0;
    size_t count = 0;
    json_array_foreach(json_object_get(vectors, "cases"), i, test) {
        MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
        struct mcp_err err = {0};
        const json_t *out = json_object_get(test, "out");
        const char *text =
            schema_of(json_string_value(json_object_get(json_object_get(test, "in"), "of")));
        if (out == NULL || text == NULL)
            continue;
        assert_int_equal(mcp_schema_compile_text(mcp_str_of(text), NULL, &schema, &err), MCP_OK);
        if (mcp_schema_validate(schema, json_object_get(out, "structuredContent"), NULL, NULL,
                                &err) != MCP_OK)
            fail_msg("%s: %s: %s", json_string_value(json_object_get(test, "name")), err.where,
                     err.what);
        count++;
    }
    assert_true(count > 5);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(answers_conform_to_their_schemas)};
    return vectors_run("database.answer", probe_answer, more, MCP_COUNT(more));
}
