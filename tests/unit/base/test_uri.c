/* SPDX-License-Identifier: MIT */
#include "mcp/uri.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_uri;

/* user: the text of the case's "in". Cases are made outside the count of allocations. */
static enum mcp_code run_case(void *user, struct mcp_err *err) {
    json_t *out = NULL;
    MCP_TRY(probe_uri(user, &out, err));
    json_decref(out);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    static const char *const cases[] = {
        "{\"parse\": \"http://u@[::1]:1/p?q#f\"}",
        "{\"resolve\": \"../g?y#s\", \"base\": \"http://a/b/c/d;p?q\"}",
        "{\"same_origin\": [\"http://a\", \"http://a:80\"]}",
        "{\"decode\": \"%41bc\"}",
        "{\"encode\": \"a b\"}",
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        json_t *in = json_loads(cases[i], 0, NULL);
        assert_non_null(in);
        torture_run(run_case, in);
        json_decref(in);
    }
}

static void failure_leaves_the_out_parameter_alone(void **state) {
    (void)state;
    struct mcp_uri uri = {.port = 7};
    assert_int_equal(mcp_uri_parse(MCP_STR("a b"), &uri, NULL), MCP_E_SYNTAX);
    assert_int_equal(uri.port, 7);
}

static void null_text_is_the_empty_reference(void **state) {
    (void)state;
    struct mcp_uri uri = {.port = 7};
    assert_int_equal(mcp_uri_parse((struct mcp_str){NULL, 0}, &uri, NULL), MCP_OK);
    assert_int_equal(uri.path.len, 0);
    assert_int_equal(uri.port, 0);
    assert_false(uri.has_authority);
}

static void parts_are_views_of_the_text(void **state) {
    (void)state;
    static const char text[] = "http://h/p";
    struct mcp_uri uri = {0};
    assert_int_equal(mcp_uri_parse(MCP_STR(text), &uri, NULL), MCP_OK);
    assert_ptr_equal(uri.host.ptr, text + 7);
    assert_ptr_equal(uri.path.ptr, text + 8);
}

static void resolve_appends(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(100);
    mcp_buf_add(&out, MCP_STR("at "));
    assert_int_equal(mcp_uri_resolve(MCP_STR("http://h/"), MCP_STR("x"), &out, NULL), MCP_OK);
    assert_string_equal(out.data, "at http://h/x");
    assert_int_equal(mcp_uri_resolve(MCP_STR("/h/"), MCP_STR("x"), &out, NULL), MCP_E_INVALID);
    assert_string_equal(out.data, "at http://h/x");
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(failure_leaves_the_out_parameter_alone),
        cmocka_unit_test(null_text_is_the_empty_reference),
        cmocka_unit_test(parts_are_views_of_the_text),
        cmocka_unit_test(resolve_appends),
    };
    return vectors_run("base.uri", probe_uri, more, MCP_COUNT(more));
}
