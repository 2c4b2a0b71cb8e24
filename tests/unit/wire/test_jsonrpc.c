/* SPDX-License-Identifier: MIT */
#include "mcp/jsonrpc.h"
#include "vectors.h"

probe_fn probe_jsonrpc;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("wire.jsonrpc", probe_jsonrpc);
}

static void deinit_accepts_nothing_and_twice(void **state) {
    (void)state;
    struct mcp_jsonrpc message = {0};
    mcp_jsonrpc_deinit(NULL);
    mcp_jsonrpc_deinit(&message);
    assert_int_equal(
        mcp_jsonrpc_parse(MCP_STR("{\"jsonrpc\":\"2.0\",\"method\":\"m\"}"), &message, NULL),
        MCP_OK);
    mcp_jsonrpc_deinit(&message);
    mcp_jsonrpc_deinit(&message);
    assert_null(message.root);
}

static void message_keeps_its_root_alive(void **state) {
    (void)state;
    json_t *root = json_pack("{s:s, s:s, s:s}", "jsonrpc", "2.0", "id", "i", "method", "m");
    struct mcp_jsonrpc message = {0};
    assert_int_equal(mcp_jsonrpc_classify(root, &message, NULL), MCP_OK);
    json_decref(root);
    assert_string_equal(message.method, "m");
    assert_string_equal(json_string_value(message.id), "i");
    mcp_jsonrpc_deinit(&message);
}

static void refused_message_keeps_the_id_it_echoes(void **state) {
    (void)state;
    json_t *root = json_pack("{s:s, s:s}", "jsonrpc", "1.0", "id", "i");
    struct mcp_jsonrpc message = {0};
    assert_int_equal(mcp_jsonrpc_classify(root, &message, NULL), MCP_E_SCHEMA);
    json_decref(root);
    assert_string_equal(json_string_value(message.id), "i");
    assert_null(message.method);
    mcp_jsonrpc_deinit(&message);
}

static void nothing_is_not_a_message(void **state) {
    (void)state;
    struct mcp_jsonrpc message = {0};
    assert_int_equal(mcp_jsonrpc_classify(NULL, &message, NULL), MCP_E_SCHEMA);
    mcp_jsonrpc_deinit(&message);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(deinit_accepts_nothing_and_twice),
                                      cmocka_unit_test(message_keeps_its_root_alive),
                                      cmocka_unit_test(refused_message_keeps_the_id_it_echoes),
                                      cmocka_unit_test(nothing_is_not_a_message)};
    return vectors_run("wire.jsonrpc", probe_jsonrpc, more, MCP_COUNT(more));
}
