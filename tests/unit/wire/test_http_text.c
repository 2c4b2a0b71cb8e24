/* SPDX-License-Identifier: MIT */
#include "mcp/http_text.h"
#include "vectors.h"

probe_fn probe_http_text;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("wire.http_text", probe_http_text);
}

static void absent_texts_are_empty(void **state) {
    (void)state;
    struct mcp_str none = {NULL, 0};
    struct mcp_http_head head = {0};
    struct mcp_buf out = MCP_BUF_INIT(8);
    assert_null(mcp_http_find(&head, MCP_STR("a"), NULL));
    assert_false(mcp_http_media_type_is(none, MCP_STR("text/plain")));
    assert_false(mcp_http_accepts(none, MCP_STR("text/plain")));
    assert_int_equal(mcp_http_query_get(none, MCP_STR("a"), &out, NULL), MCP_E_NOT_FOUND);
    assert_false(mcp_http_bearer(none, &none));
    assert_true(mcp_http_value_is_safe(none));
    assert_true(mcp_http_equal_nocase(none, MCP_STR("")));
    mcp_buf_deinit(&out);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(absent_texts_are_empty)};
    return vectors_run("wire.http_text", probe_http_text, more, MCP_COUNT(more));
}
