/* SPDX-License-Identifier: MIT */
#include "orchestrator/orch_error.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_orch_error;

static char text_1[] = "{\"kind\": 2, \"summary\": \"s\", \"failures\": [{\"id\": \"a\", \"name\": "
                       "\"A\", \"error\": \"x\", "
                       "\"code\": \"E_IO\"}]}";

static enum mcp_code scenario(void *user, struct mcp_err *err) {
    const char *text = user;
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &in, err));
    return probe_orch_error(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(scenario, text_1);
}

static void kinds_have_names(void **state) {
    (void)state;
    for (int kind = ORCH_E_NONE; kind <= ORCH_E_OTHER; kind++)
        assert_true(orch_error_kind_name((enum orch_error_kind)kind)[0] != '\0');
    assert_string_equal(orch_error_kind_name(ORCH_E_NO_SERVER), "no_server");
    assert_string_equal(orch_error_kind_name((enum orch_error_kind)99), "other");
}

static void a_caller_without_a_record_gets_the_code(void **state) {
    (void)state;
    struct mcp_err err = {.code = MCP_E_IO};
    struct orch_error source = ORCH_ERROR_INIT;
    assert_int_equal(orch_error_set(NULL, ORCH_E_OTHER, &err, json_object()), MCP_E_IO);
    assert_int_equal(orch_error_nomem(NULL), MCP_E_NOMEM);
    assert_int_equal(orch_error_set(&source, ORCH_E_OTHER, &err, json_object()), MCP_E_IO);
    orch_error_copy(&source, NULL);
    orch_error_deinit(&source);
    orch_error_deinit(&source);
    orch_error_deinit(NULL);
    assert_int_equal(source.kind, ORCH_E_NONE);
}

static void codes_read_back(void **state) {
    (void)state;
    for (enum mcp_code code = MCP_OK; code <= MCP_E_BUG; code++)
        assert_int_equal(orch_code_of_name(mcp_code_name(code)), code);
    assert_int_equal(orch_code_of_name(NULL), MCP_E_PEER);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(a_caller_without_a_record_gets_the_code),
        cmocka_unit_test(codes_read_back),
    };
    return vectors_run("orchestrator.orch_error", probe_orch_error, more, MCP_COUNT(more));
}
