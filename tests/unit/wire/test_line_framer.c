/* SPDX-License-Identifier: MIT */
#include "mcp/line_framer.h"
#include "vectors.h"

probe_fn probe_line_framer;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("wire.line_framer", probe_line_framer);
}

static enum mcp_code count_line(struct mcp_str line, void *user, struct mcp_err *err) {
    (void)line;
    (void)err;
    ++*(size_t *)user;
    return MCP_OK;
}

static enum mcp_code view_inside(struct mcp_str line, void *user, struct mcp_err *err) {
    const struct mcp_str *fed = user;
    assert_true(line.ptr >= fed->ptr && line.ptr + line.len <= fed->ptr + fed->len);
    return count_line(line, &(size_t){0}, err);
}

static void whole_line_is_a_view_of_the_fed_bytes(void **state) {
    (void)state;
    struct mcp_str fed = MCP_STR("one\ntwo\r\n");
    struct mcp_line_framer framer;
    mcp_line_framer_init(&framer, 16, view_inside, &fed);
    assert_int_equal(mcp_line_framer_feed(&framer, fed, NULL), MCP_OK);
    assert_null(framer.partial.data);
    mcp_line_framer_deinit(&framer);
    mcp_line_framer_deinit(&framer);
}

static void empty_feed_is_nothing(void **state) {
    (void)state;
    size_t lines = 0;
    struct mcp_line_framer framer;
    mcp_line_framer_init(&framer, 16, count_line, &lines);
    assert_int_equal(mcp_line_framer_feed(&framer, (struct mcp_str){NULL, 0}, NULL), MCP_OK);
    assert_int_equal(mcp_line_framer_end(&framer, NULL), MCP_OK);
    assert_int_equal(lines, 0);
    mcp_line_framer_deinit(&framer);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(whole_line_is_a_view_of_the_fed_bytes),
                                      cmocka_unit_test(empty_feed_is_nothing)};
    return vectors_run("wire.line_framer", probe_line_framer, more, MCP_COUNT(more));
}
