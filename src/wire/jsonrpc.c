/* SPDX-License-Identifier: MIT */
/* jsonrpc.c - see mcp/jsonrpc.h. Pure: no I/O, no clock, no log. */
#include "mcp/jsonrpc.h"

#include <string.h>

static bool is_id(const json_t *value) {
    return json_is_string(value) || json_is_integer(value);
}

static enum mcp_code refuse(struct mcp_err *err, const char *where, const char *what) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "%s", what), "%s", where);
}

static enum mcp_code check_version(const json_t *root, struct mcp_err *err) {
    const json_t *version = json_object_get(root, "jsonrpc");
    if (!json_is_string(version) || !mcp_str_equal(mcp_json_str(version), MCP_STR("2.0")))
        return refuse(err, "/jsonrpc", "expected \"2.0\"");
    return MCP_OK;
}

static enum mcp_code take_call(struct mcp_jsonrpc *message, const json_t *method, bool has_id,
                               struct mcp_err *err) {
    if (!json_is_string(method))
        return refuse(err, "/method", "expected a string");
    if (has_id && message->id == NULL)
        return refuse(err, "/id", "expected a string or an integer");
    json_t *params = json_object_get(message->root, "params");
    if (params != NULL && !json_is_object(params))
        return refuse(err, "/params", "expected an object");
    message->kind = has_id ? MCP_JSONRPC_REQUEST : MCP_JSONRPC_NOTIFICATION;
    message->method = json_string_value(method);
    message->params = params;
    return MCP_OK;
}

static enum mcp_code take_result(struct mcp_jsonrpc *message, json_t *result, struct mcp_err *err) {
    if (message->id == NULL)
        return refuse(err, "/id", "expected a string or an integer");
    if (!json_is_object(result))
        return refuse(err, "/result", "expected an object");
    message->kind = MCP_JSONRPC_RESULT;
    message->result = result;
    return MCP_OK;
}

static enum mcp_code take_error(struct mcp_jsonrpc *message, json_t *error, struct mcp_err *err) {
    const json_t *id = json_object_get(message->root, "id");
    if (id != NULL && !json_is_null(id) && message->id == NULL)
        return refuse(err, "/id", "expected a string, an integer or null");
    if (!json_is_object(error))
        return refuse(err, "/error", "expected an object");
    if (!json_is_integer(json_object_get(error, "code")))
        return refuse(err, "/error/code", "expected an integer");
    if (!json_is_string(json_object_get(error, "message")))
        return refuse(err, "/error/message", "expected a string");
    message->kind = MCP_JSONRPC_ERROR;
    message->error = error;
    return MCP_OK;
}

void mcp_jsonrpc_deinit(struct mcp_jsonrpc *message) {
    if (message == NULL)
        return;
    json_decref(message->root);
    *message = (struct mcp_jsonrpc){0};
}

enum mcp_code mcp_jsonrpc_classify(json_t *root, struct mcp_jsonrpc *out_message,
                                   struct mcp_err *err) {
    *out_message = (struct mcp_jsonrpc){.root = json_incref(root)};
    if (!json_is_object(root))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s", mcp_json_type_name(root));

    json_t *id = json_object_get(root, "id");
    json_t *method = json_object_get(root, "method");
    json_t *result = json_object_get(root, "result");
    json_t *error = json_object_get(root, "error");
    out_message->id = is_id(id) ? id : NULL;
    MCP_TRY(check_version(root, err));
    if ((method != NULL) + (result != NULL) + (error != NULL) != 1)
        return refuse(err, "", "expected exactly one of \"method\", \"result\" and \"error\"");
    if (method != NULL)
        return take_call(out_message, method, id != NULL, err);
    if (result != NULL)
        return take_result(out_message, result, err);
    return take_error(out_message, error, err);
}

enum mcp_code mcp_jsonrpc_parse(struct mcp_str text, struct mcp_jsonrpc *out_message,
                                struct mcp_err *err) {
    *out_message = (struct mcp_jsonrpc){0};
    json_auto_t *root = NULL;
    MCP_TRY(mcp_json_parse(text, &root, err));
    return mcp_jsonrpc_classify(root, out_message, err);
}

static void add_id(struct mcp_buf *out, const json_t *id) {
    if (json_is_integer(id))
        mcp_json_add_integer(out, json_integer_value(id));
    else if (json_is_string(id))
        mcp_json_add_string(out, mcp_json_str(id));
    else
        mcp_buf_add(out, MCP_STR("null"));
}

/* Member names are plain ASCII, but a gateway forwards method names it was given. */
static enum mcp_code add_call(struct mcp_buf *out, const char *method, const json_t *params,
                              struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("\"method\":"));
    mcp_json_add_string(out, mcp_str_of(method));
    if (params != NULL) {
        mcp_buf_add(out, MCP_STR(",\"params\":"));
        MCP_TRY(mcp_json_write(params, out, err));
    }
    mcp_buf_addc(out, '}');
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_jsonrpc_write_request(struct mcp_buf *out, const json_t *id, const char *method,
                                        const json_t *params, struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":"));
    add_id(out, id);
    mcp_buf_addc(out, ',');
    return add_call(out, method, params, err);
}

enum mcp_code mcp_jsonrpc_write_notification(struct mcp_buf *out, const char *method,
                                             const json_t *params, struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("{\"jsonrpc\":\"2.0\","));
    return add_call(out, method, params, err);
}

enum mcp_code mcp_jsonrpc_write_error(struct mcp_buf *out, const json_t *id, int code,
                                      const char *message, const json_t *data,
                                      struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":"));
    add_id(out, id);
    mcp_buf_add(out, MCP_STR(",\"error\":{\"code\":"));
    mcp_json_add_integer(out, code);
    mcp_buf_add(out, MCP_STR(",\"message\":"));
    mcp_json_add_string(out, mcp_str_of(message));
    if (data != NULL) {
        mcp_buf_add(out, MCP_STR(",\"data\":"));
        MCP_TRY(mcp_json_write(data, out, err));
    }
    mcp_buf_add(out, MCP_STR("}}"));
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_jsonrpc_write_result_head(struct mcp_buf *out, const json_t *id,
                                            struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":"));
    add_id(out, id);
    mcp_buf_add(out, MCP_STR(",\"result\":"));
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_jsonrpc_write_result(struct mcp_buf *out, const json_t *id, const json_t *result,
                                       struct mcp_err *err) {
    MCP_TRY(mcp_jsonrpc_write_result_head(out, id, err));
    MCP_TRY(mcp_json_write(result, out, err));
    mcp_buf_addc(out, '}');
    return mcp_buf_finish(out, err);
}

bool mcp_jsonrpc_id_equal(const json_t *a, const json_t *b) {
    return is_id(a) && is_id(b) && json_equal(a, b) != 0;
}
