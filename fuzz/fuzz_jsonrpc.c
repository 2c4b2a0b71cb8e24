/* SPDX-License-Identifier: MIT */
/* Target: mcp_jsonrpc_parse. Property: an accepted message, written and parsed again, is the same
 * message; a refused one echoes an id only when it holds a usable one. */
#include <stdint.h>
#include <stdlib.h>

#include "mcp/jsonrpc.h"

static void require(bool claim) {
    if (!claim)
        abort();
}

static bool same(const json_t *a, const json_t *b) {
    return a == b || json_equal(a, b) != 0;
}

static enum mcp_code write_again(const struct mcp_jsonrpc *message, struct mcp_buf *out) {
    const json_t *error = message->error;
    switch (message->kind) {
    case MCP_JSONRPC_REQUEST:
        return mcp_jsonrpc_write_request(out, message->id, message->method, message->params, NULL);
    case MCP_JSONRPC_NOTIFICATION:
        return mcp_jsonrpc_write_notification(out, message->method, message->params, NULL);
    case MCP_JSONRPC_RESULT:
        return mcp_jsonrpc_write_result(out, message->id, message->result, NULL);
    default:
        return mcp_jsonrpc_write_error(out, message->id,
                                       (int)json_integer_value(json_object_get(error, "code")),
                                       json_string_value(json_object_get(error, "message")),
                                       json_object_get(error, "data"), NULL);
    }
}

static void check_round_trip(const struct mcp_jsonrpc *message) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(mcp_jsonrpc_deinit) struct mcp_jsonrpc again = {0};
    require(write_again(message, &text) == MCP_OK);
    require(mcp_jsonrpc_parse(mcp_buf_view(&text), &again, NULL) == MCP_OK);
    require(again.kind == message->kind && same(again.id, message->id) &&
            same(again.params, message->params) && same(again.result, message->result) &&
            mcp_str_equal(mcp_str_of(again.method), mcp_str_of(message->method)));
    if (message->error != NULL)
        require(
            same(json_object_get(again.error, "message"),
                 json_object_get(message->error, "message")) &&
            same(json_object_get(again.error, "data"), json_object_get(message->error, "data")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    MCP_AUTO(mcp_jsonrpc_deinit) struct mcp_jsonrpc message = {0};
    enum mcp_code code =
        mcp_jsonrpc_parse((struct mcp_str){(const char *)data, size}, &message, NULL);
    if (code == MCP_OK)
        check_round_trip(&message);
    else
        require((code == MCP_E_SYNTAX && message.root == NULL) || code == MCP_E_SCHEMA);
    if (message.id != NULL)
        require(json_is_string(message.id) || json_is_integer(message.id));
    return 0;
}
