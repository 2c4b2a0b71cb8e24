/* SPDX-License-Identifier: MIT */
#include "mcp/result.h"
#include "vectors.h"

probe_fn probe_protocol_result;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.protocol_result", probe_protocol_result);
}

static void content_moves_and_is_released_once(void **state) {
    (void)state;
    struct mcp_blob *blob = mcp_blob_new(MCP_STR("[]"));
    struct mcp_result from;
    mcp_result_init(&from);
    assert_int_equal(mcp_result_take(&from, json_pack("{s:i}", "a", 1), NULL), MCP_OK);
    mcp_result_set_encoded(&from, "contents", blob);
    mcp_result_set_encoded(&from, "contents", blob); /* replaces itself */
    mcp_blob_unref(blob);
    struct mcp_result to = mcp_result_move(&from);
    assert_null(from.members);
    assert_null(from.encoded[0].json);
    assert_int_equal(mcp_blob_view(to.encoded[0].json).len, 2);
    assert_null(to.encoded[1].key);
    mcp_result_deinit(&from);
    mcp_result_deinit(&to);
    mcp_result_deinit(&to);
    mcp_result_deinit(NULL);
}

static void refused_members_leave_the_result_as_it_was(void **state) {
    (void)state;
    struct mcp_result result;
    struct mcp_err err = {0};
    mcp_result_init(&result);
    assert_int_equal(mcp_result_take(&result, json_object(), NULL), MCP_OK);
    assert_int_equal(mcp_result_take(&result, NULL, &err), MCP_E_NOMEM);
    assert_int_equal(err.code, MCP_E_NOMEM);
    assert_non_null(result.members);
    assert_int_equal(mcp_result_take(&result, json_object(), NULL), MCP_OK);
    mcp_result_deinit(&result);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(content_moves_and_is_released_once),
                                      cmocka_unit_test(refused_members_leave_the_result_as_it_was)};
    return vectors_run("protocol.protocol_result", probe_protocol_result, more, MCP_COUNT(more));
}
