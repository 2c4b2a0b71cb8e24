/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/jsonrpc.json. */
#include "mcp/jsonrpc.h"
#include "probe.h"

probe_fn probe_jsonrpc;

static enum mcp_code describe(const struct mcp_jsonrpc *message, json_t **out,
                              struct mcp_err *err) {
    static const char *const kinds[] = {"request", "notification", "result", "error"};
    json_t *text = json_pack("{s:s, s:O*, s:s*, s:O*, s:O*, s:O*}", "kind", kinds[message->kind],
                             "id", message->id, "method", message->method, "params",
                             message->params, "result", message->result, "error", message->error);
    return probe_give(text, out, err);
}

static enum mcp_code parse(const json_t *bytes, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_jsonrpc_deinit) struct mcp_jsonrpc message = {0};
    MCP_TRY(probe_bytes(bytes, &text, err));
    MCP_TRY(mcp_jsonrpc_parse(mcp_buf_view(&text), &message, err));
    return describe(&message, out, err);
}

static enum mcp_code refuse(const json_t *bytes, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_jsonrpc_deinit) struct mcp_jsonrpc message = {0};
    MCP_TRY(probe_bytes(bytes, &text, err));
    enum mcp_code code = mcp_jsonrpc_parse(mcp_buf_view(&text), &message, NULL);
    if (code != MCP_E_SYNTAX && code != MCP_E_SCHEMA)
        return MCP_FAIL(err, code == MCP_OK ? MCP_E_BUG : code, "neither -32700 nor -32600");
    int number = code == MCP_E_SYNTAX ? MCP_JSONRPC_PARSE_ERROR : MCP_JSONRPC_INVALID_REQUEST;
    json_t *id = message.id != NULL ? json_incref(message.id) : json_null();
    return probe_give(json_pack("{s:i, s:o}", "code", number, "id", id), out, err);
}

static enum mcp_code write_error(const json_t *spec, struct mcp_buf *text, struct mcp_err *err) {
    return mcp_jsonrpc_write_error(
        text, json_object_get(spec, "id"), (int)probe_int(spec, "code", 0),
        json_string_value(json_object_get(spec, "message")), json_object_get(spec, "data"), err);
}

static enum mcp_code write_message(const json_t *in, struct mcp_buf *text, struct mcp_err *err) {
    const json_t *spec = json_object_get(in, "request");
    if (spec != NULL)
        return mcp_jsonrpc_write_request(text, json_object_get(spec, "id"),
                                         json_string_value(json_object_get(spec, "method")),
                                         json_object_get(spec, "params"), err);
    spec = json_object_get(in, "notification");
    if (spec != NULL)
        return mcp_jsonrpc_write_notification(text,
                                              json_string_value(json_object_get(spec, "method")),
                                              json_object_get(spec, "params"), err);
    spec = json_object_get(in, "result");
    if (spec != NULL)
        return mcp_jsonrpc_write_result(text, json_object_get(spec, "id"),
                                        json_object_get(spec, "result"), err);
    spec = json_object_get(in, "error");
    if (spec != NULL)
        return write_error(spec, text, err);
    spec = json_object_get(in, "result_head");
    return mcp_jsonrpc_write_result_head(text, json_object_get(spec, "id"), err);
}

enum mcp_code probe_jsonrpc(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *pair = json_object_get(in, "same_id");
    if (json_object_get(in, "parse") != NULL)
        return parse(json_object_get(in, "parse"), out, err);
    if (json_object_get(in, "refuse") != NULL)
        return refuse(json_object_get(in, "refuse"), out, err);
    if (pair != NULL)
        return probe_give(
            json_boolean(mcp_jsonrpc_id_equal(json_array_get(pair, 0), json_array_get(pair, 1))),
            out, err);
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1 << 20));
    MCP_TRY(write_message(in, &text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}
