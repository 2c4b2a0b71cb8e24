/* SPDX-License-Identifier: MIT */
#include "mcp/utf8.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_utf8;

/* user: the text of the case's "in". Cases are made outside the count of allocations. */
static enum mcp_code run_case(void *user, struct mcp_err *err) {
    json_t *out = NULL;
    MCP_TRY(probe_utf8(user, &out, err));
    json_decref(out);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    static const char *const cases[] = {
        "{\"repair\": {\"base64\": \"Yf9i\"}}",
        "{\"printable\": \"a\\u0007b\"}",
        "{\"encode\": [97, 8364, 128512]}",
        "{\"decode\": \"ab\"}",
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        json_t *in = json_loads(cases[i], 0, NULL);
        assert_non_null(in);
        torture_run(run_case, in);
        json_decref(in);
    }
}

static void every_code_point_round_trips(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(4);
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
        mcp_buf_clear(&text);
        mcp_utf8_add(&text, point);
        size_t at = 0;
        uint32_t back = mcp_utf8_next(mcp_buf_view(&text), &at);
        if (back != (is_surrogate ? 0xFFFD : point) || at != text.len ||
            mcp_utf8_valid_prefix(mcp_buf_view(&text)) != text.len)
            fail_msg("U+%04X", point);
    }
}

static void limit_is_remembered_by_the_buffer(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(2);
    (void)mcp_utf8_repair(&text, MCP_STR("\xff"));
    assert_int_equal(mcp_buf_finish(&text, NULL), MCP_E_LIMIT);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(every_code_point_round_trips),
        cmocka_unit_test(limit_is_remembered_by_the_buffer),
    };
    return vectors_run("base.utf8", probe_utf8, more, MCP_COUNT(more));
}
