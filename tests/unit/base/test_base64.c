/* SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_base64;

/* user: the text of the case's "in". Cases are made outside the count of allocations. */
static enum mcp_code run_case(void *user, struct mcp_err *err) {
    json_t *out = NULL;
    MCP_TRY(probe_base64(user, &out, err));
    json_decref(out);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    static const char *const cases[] = {
        "{\"encode\": \"foob\"}",
        "{\"decode\": \"Zm9vYg==\"}",
        "{\"decode\": \"Zm9vYg\", \"url\": true}",
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        json_t *in = json_loads(cases[i], 0, NULL);
        assert_non_null(in);
        torture_run(run_case, in);
        json_decref(in);
    }
}

static void failed_decode_appends_nothing(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(100);
    mcp_buf_add(&out, MCP_STR("kept"));
    assert_int_equal(mcp_base64_decode(&out, MCP_STR("Zm9vZm9*"), NULL), MCP_E_SYNTAX);
    assert_int_equal(out.len, 4);
    assert_string_equal(out.data, "kept");
}

static void earlier_refusal_is_reported(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(1);
    mcp_buf_add(&out, MCP_STR("ab"));
    mcp_base64_encode(&out, MCP_STR(""));
    assert_int_equal(mcp_base64_decode(&out, MCP_STR(""), NULL), MCP_E_LIMIT);
}

static void absurd_length_is_a_limit(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(SIZE_MAX / 4);
    mcp_base64_encode(&out, (struct mcp_str){"", SIZE_MAX});
    assert_int_equal(mcp_buf_finish(&out, NULL), MCP_E_LIMIT);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(failed_decode_appends_nothing),
        cmocka_unit_test(earlier_refusal_is_reported),
        cmocka_unit_test(absurd_length_is_a_limit),
    };
    return vectors_run("base.base64", probe_base64, more, MCP_COUNT(more));
}
