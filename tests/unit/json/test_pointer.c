/* SPDX-License-Identifier: MIT */
#include "json/pointer.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_pointer;

/* user: the text of the case's "in". Cases are made outside the count of allocations. */
static enum mcp_code run_case(void *user, struct mcp_err *err) {
    json_t *out = NULL;
    MCP_TRY(probe_pointer(user, &out, err));
    json_decref(out);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    static const char *const cases[] = {
        "{\"get\": \"/a~1b/0\", \"of\": {\"a/b\": [1]}}",
        "{\"locate\": \"/a~1b/0\", \"in\": \"{\\\"\\\\u0061/b\\\": [1]}\"}",
        "{\"build\": [\"a\", 1]}",
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        json_t *in = json_loads(cases[i], 0, NULL);
        assert_non_null(in);
        torture_run(run_case, in);
        json_decref(in);
    }
}

static void value_is_borrowed(void **state) {
    (void)state;
    MCP_AUTO(mcp_json_decref) json_t *root = json_pack("{s:[i]}", "a", 1);
    json_t *value = NULL;
    assert_int_equal(mcp_pointer_get(root, MCP_STR("/a"), &value, NULL), MCP_OK);
    assert_ptr_equal(value, json_object_get(root, "a"));
}

static void failure_leaves_the_out_parameter_alone(void **state) {
    (void)state;
    MCP_AUTO(mcp_json_decref) json_t *root = json_object();
    json_t *value = root;
    struct mcp_place place = {7, 7};
    assert_int_equal(mcp_pointer_get(root, MCP_STR("/a"), &value, NULL), MCP_E_NOT_FOUND);
    assert_ptr_equal(value, root);
    assert_int_equal(mcp_pointer_locate(MCP_STR("{}"), MCP_STR("/a"), false, &place, NULL),
                     MCP_E_NOT_FOUND);
    assert_int_equal(place.line, 7);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(value_is_borrowed),
        cmocka_unit_test(failure_leaves_the_out_parameter_alone),
    };
    return vectors_run("json.pointer", probe_pointer, more, MCP_COUNT(more));
}
