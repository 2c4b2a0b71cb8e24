/* SPDX-License-Identifier: MIT */
#include "mcp/sse_parser.h"
#include "mcp/sse_writer.h"
#include "vectors.h"

probe_fn probe_sse_writer;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("wire.sse_writer", probe_sse_writer);
}

static enum mcp_code keep(const struct mcp_sse_event *event, void *user, struct mcp_err *err) {
    struct mcp_buf *seen = user;
    mcp_buf_add(seen, event->type);
    mcp_buf_addc(seen, '|');
    mcp_buf_add(seen, event->id);
    mcp_buf_addc(seen, '|');
    mcp_buf_add(seen, event->data);
    return mcp_buf_finish(seen, err);
}

static void parser_reads_back_what_was_written(void **state) {
    (void)state;
    struct mcp_buf bytes = MCP_BUF_INIT(4096);
    struct mcp_buf seen = MCP_BUF_INIT(4096);
    struct mcp_sse_parser parser;
    mcp_sse_write_comment(&bytes, MCP_STR("hello"));
    mcp_sse_write_event(&bytes, MCP_STR("t"), MCP_STR("7"), MCP_STR(" a\r\nb\r\r\n"));
    mcp_sse_parser_init(&parser, 4096, keep, &seen);
    assert_int_equal(mcp_sse_parser_feed(&parser, mcp_buf_view(&bytes), NULL), MCP_OK);
    assert_string_equal(seen.data, "t|7| a\nb\n\n");
    mcp_sse_parser_deinit(&parser);
    mcp_buf_deinit(&seen);
    mcp_buf_deinit(&bytes);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(parser_reads_back_what_was_written)};
    return vectors_run("wire.sse_writer", probe_sse_writer, more, MCP_COUNT(more));
}
