/* SPDX-License-Identifier: MIT */
#include "protocol/cursor.h"
#include "vectors.h"

probe_fn probe_cursor;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.cursor", probe_cursor);
}

static void largest_position_comes_back(void **state) {
    (void)state;
    static const unsigned char secret[MCP_CURSOR_SECRET_BYTES] = {1, 2, 3};
    struct mcp_buf text = MCP_BUF_INIT(MCP_CURSOR_TEXT_BYTES);
    uint64_t position = 0;
    mcp_cursor_encode(secret, MCP_STR("l"), UINT64_MAX, &text);
    assert_int_equal(text.len, MCP_CURSOR_TEXT_BYTES);
    assert_int_equal(mcp_cursor_decode(secret, MCP_STR("l"), mcp_buf_view(&text), &position, NULL),
                     MCP_OK);
    assert_true(position == UINT64_MAX);
    mcp_buf_deinit(&text);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(largest_position_comes_back)};
    return vectors_run("protocol.cursor", probe_cursor, more, MCP_COUNT(more));
}
