/* SPDX-License-Identifier: MIT */
#include "orchestrator/merge.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_merge;

static char text_1[] = "{\"value\": [{\"uri\": \"u\", \"text\": \"{\\\"a\\\":[1]}\", \"mimeType\": "
                       "\"application/json\"}, "
                       "{\"uri\": \"v\", \"blob\": \"AA==\"}, {\"uri\": \"w\", \"text\": \"t\", "
                       "\"mimeType\": \"text/plain\""
                       "}]}";
static char text_2[] =
    "{\"value\": [{\"uri\": \"u\", \"text\": \"{x\", \"mimeType\": \"application/json\"}]}";
static char text_3[] =
    "{\"put\": [[\"A\", \"x://1\", 1], [\"A\", \"x://1\", {\"a\": 1}], [null, \"x://1\", 3]]}";
static char text_4[] = "{\"server\": {\"id\": \"a\", \"name\": \"A\", \"priority\": 2, "
                       "\"domains\": [\"d\"]}, \"fetched\":"
                       " {\"resources\": {\"A\": {\"x\": 1}}, \"errors\": [{\"name\": \"B\", "
                       "\"uri\": \"u\", \"error\": \"e"
                       "\", \"code\": \"E_IO\"}]}}";
static char text_5[] = "{\"missing\": {\"id\": \"a\", \"name\": \"A\", \"priority\": 2, "
                       "\"domains\": [\"d\"]}, \"error\": "
                       "{\"code\": \"E_IO\", \"what\": \"x\", \"where\": \"y\"}}";
static char text_6[] =
    "{\"missing\": {\"id\": \"a\", \"name\": \"A\", \"priority\": 2, \"domains\": [\"d\"]}, "
    "\"fetched\""
    ": {\"errors\": [{\"name\": \"B\", \"uri\": \"u\", \"error\": \"e\", \"code\": \"E_IO\"}]}}";
static char text_7[] =
    "{\"note\": [null, \"u\"], \"error\": {\"code\": \"E_IO\", \"what\": \"x\"}}";

static enum mcp_code scenario(void *user, struct mcp_err *err) {
    const char *text = user;
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &in, err));
    return probe_merge(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(scenario, text_1);
    torture_run(scenario, text_2);
    torture_run(scenario, text_3);
    torture_run(scenario, text_4);
    torture_run(scenario, text_5);
    torture_run(scenario, text_6);
    torture_run(scenario, text_7);
}

static void bytes_of_a_peer_are_repaired(void **state) {
    (void)state;
    struct mcp_err why = {.code = MCP_E_PEER, .what = "bad \xff byte"};
    json_t *errors = json_array();
    assert_int_equal(orch_merge_note(errors, "n", "u", &why, NULL), MCP_OK);
    assert_string_equal(json_string_value(json_object_get(json_array_get(errors, 0), "error")),
                        "bad \xef\xbf\xbd byte");
    json_decref(errors);
}

static void nothing_in_the_answer_is_shared(void **state) {
    (void)state;
    json_t *domains = json_pack("[s]", "d");
    json_t *fetched = json_pack("{s:{s:{}}, s:[]}", "resources", "A", "errors");
    struct orch_server server = {.id = "a", .name = "A", .priority = 1, .domains = domains};
    json_t *answer = json_object();
    assert_int_equal(orch_merge_server(answer, &server, fetched, NULL), MCP_OK);
    json_t *part = json_object_get(answer, "A");
    (void)json_array_clear(json_object_get(part, "domains"));
    (void)json_object_clear(json_object_get(part, "resources"));
    assert_int_equal(json_array_size(domains), 1);
    assert_int_equal(json_object_size(json_object_get(fetched, "resources")), 1);
    json_decref(answer);
    json_decref(fetched);
    json_decref(domains);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(bytes_of_a_peer_are_repaired),
        cmocka_unit_test(nothing_in_the_answer_is_shared),
    };
    return vectors_run("orchestrator.merge", probe_merge, more, MCP_COUNT(more));
}
