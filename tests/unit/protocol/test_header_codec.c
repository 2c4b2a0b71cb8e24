/* SPDX-License-Identifier: MIT */
#include "protocol/header_codec.h"
#include "vectors.h"

probe_fn probe_header_codec;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.header_codec", probe_header_codec);
}

static void absent_values_send_nothing(void **state) {
    (void)state;
    struct mcp_buf out = MCP_BUF_INIT(8);
    json_t *params = NULL;
    assert_false(mcp_header_encode_json(&out, NULL));
    mcp_header_encode(&out, (struct mcp_str){NULL, 0});
    assert_int_equal(out.len, 0);
    assert_int_equal(mcp_header_compare((struct mcp_str){NULL, 0}, NULL, NULL), MCP_E_INVALID);
    assert_int_equal(mcp_header_params_collect(NULL, &params, NULL), MCP_OK);
    assert_int_equal(json_array_size(params), 0);
    assert_null(mcp_header_param_value(NULL, NULL));
    json_decref(params);
    mcp_buf_deinit(&out);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(absent_values_send_nothing)};
    return vectors_run("protocol.header_codec", probe_header_codec, more, MCP_COUNT(more));
}
