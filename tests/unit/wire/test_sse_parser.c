/* SPDX-License-Identifier: MIT */
#include "mcp/sse_parser.h"
#include "vectors.h"

probe_fn probe_sse_parser;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("wire.sse_parser", probe_sse_parser);
}

static enum mcp_code view_inside(const struct mcp_sse_event *event, void *user,
                                 struct mcp_err *err) {
    const struct mcp_str *fed = user;
    (void)err;
    assert_true(event->data.ptr >= fed->ptr);
    assert_true(event->data.ptr + event->data.len <= fed->ptr + fed->len);
    return MCP_OK;
}

static void one_line_event_is_a_view_of_the_fed_bytes(void **state) {
    (void)state;
    struct mcp_str fed = MCP_STR("data: abc\n\ndata: def\r\n\r\n");
    struct mcp_sse_parser parser;
    mcp_sse_parser_init(&parser, 64, view_inside, &fed);
    assert_int_equal(mcp_sse_parser_feed(&parser, fed, NULL), MCP_OK);
    assert_null(parser.data.data);
    assert_null(parser.line.data);
    mcp_sse_parser_deinit(&parser);
    mcp_sse_parser_deinit(&parser);
}

static void empty_feed_keeps_a_pending_line_feed(void **state) {
    (void)state;
    struct mcp_str fed = MCP_STR("");
    struct mcp_sse_parser parser;
    mcp_sse_parser_init(&parser, 64, view_inside, &fed);
    assert_int_equal(mcp_sse_parser_feed(&parser, MCP_STR(":\r"), NULL), MCP_OK);
    assert_true(parser.after_cr);
    assert_int_equal(mcp_sse_parser_feed(&parser, (struct mcp_str){NULL, 0}, NULL), MCP_OK);
    assert_true(parser.after_cr);
    assert_int_equal(parser.retry_ms, -1);
    mcp_sse_parser_deinit(&parser);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(one_line_event_is_a_view_of_the_fed_bytes),
                                      cmocka_unit_test(empty_feed_keeps_a_pending_line_feed)};
    return vectors_run("wire.sse_parser", probe_sse_parser, more, MCP_COUNT(more));
}
