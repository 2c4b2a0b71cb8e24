/* SPDX-License-Identifier: MIT */
/* client_message.c - see client_message.h. Pure: no I/O, no clock, no log. */
#include "client/client_message.h"

#include <string.h>

#include "mcp/jsonrpc.h"
#include "mcp/method.h"
#include "protocol/meta.h"

void mcp_client_message_deinit(struct mcp_client_message *message) {
    mcp_buf_deinit(&message->text);
    mcp_buf_deinit(&message->header_text);
}

/* Member of params that names the tool, prompt or resource, where the method has one. */
static const char *name_of(enum mcp_version version, const char *method, const json_t *params) {
    const struct mcp_method *row = mcp_method_find(mcp_str_of(method), version, MCP_SIDE_CLIENT);
    if (row == NULL || row->name_param == NULL)
        return NULL;
    return json_string_value(json_object_get(params, row->name_param));
}

static void describe(const struct mcp_client *client, const char *method, const json_t *params,
                     struct mcp_link_message *out) {
    out->method = method;
    out->name = name_of(client->speaks, method, params);
    out->version = client->speaks != MCP_VERSION_NONE ? mcp_version_text(client->speaks) : NULL;
}

/* --- headers ---------------------------------------------------------------------------------- */

/* Ends the line begun last; lines[] holds offsets until the text stops moving. */
static void end_line(struct mcp_client_message *out, size_t *starts, size_t *count) {
    mcp_buf_addc(&out->header_text, '\0');
    starts[++*count] = out->header_text.len;
}

static void add_params(const struct mcp_client *client, const json_t *params,
                       struct mcp_client_message *out, size_t *starts, size_t *count) {
    const char *tool = json_string_value(json_object_get(params, "name"));
    const json_t *mirrored = tool != NULL ? json_object_get(client->tool_headers, tool) : NULL;
    const json_t *arguments = json_object_get(params, "arguments");
    for (size_t i = 0; i < json_array_size(mirrored); i++) {
        const json_t *param = json_array_get(mirrored, i);
        size_t before = out->header_text.len;
        mcp_buf_addf(&out->header_text,
                     "%s: ", json_string_value(json_object_get(param, "header")));
        if (mcp_header_encode_json(&out->header_text, mcp_header_param_value(param, arguments)))
            end_line(out, starts, count);
        else if (out->header_text.len > before)
            out->header_text.len = before;
    }
}

static enum mcp_code add_headers(const struct mcp_client *client, const json_t *params,
                                 struct mcp_client_message *out, struct mcp_err *err) {
    size_t starts[MCP_CLIENT_MAX_HEADER_LINES + 1] = {0};
    size_t count = 0;
    const char *method = out->out.method;
    if (!mcp_http_value_is_safe(mcp_str_of(method)))
        return MCP_FAIL(err, MCP_E_INVALID, "a method name that no header may have");
    out->header_text = (struct mcp_buf)MCP_BUF_INIT(MCP_CLIENT_MAX_HEADER_BYTES);
    mcp_buf_addf(&out->header_text, "Mcp-Method: %s", method);
    end_line(out, starts, &count);
    if (out->out.name != NULL) {
        mcp_buf_add(&out->header_text, MCP_STR("Mcp-Name: "));
        mcp_header_encode(&out->header_text, mcp_str_of(out->out.name));
        end_line(out, starts, &count);
    }
    if (strcmp(method, "tools/call") == 0)
        add_params(client, params, out, starts, &count);
    MCP_TRY(mcp_buf_finish(&out->header_text, err));
    for (size_t i = 0; i < count; i++)
        out->lines[i] = out->header_text.data + starts[i];
    out->out.headers = out->lines;
    return MCP_OK;
}

/* --- messages --------------------------------------------------------------------------------- */

/* For a shallow copy, which counts references of the members. */
static json_t *unconst(const json_t *value) {
    return (json_t *)(uintptr_t)value; /* NOLINT(performance-no-int-to-ptr): only counted */
}

static enum mcp_code with_meta(const struct mcp_client *client, const json_t *params,
                               json_t **out_params, struct mcp_err *err) {
    json_auto_t *whole = params != NULL ? json_copy(unconst(params)) : json_object();
    if (whole == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a request");
    MCP_TRY(mcp_meta_set_client(whole, client->speaks, client->info, client->capabilities, err));
    *out_params = MCP_TAKE(whole);
    return MCP_OK;
}

enum mcp_code mcp_client_message_request(const struct mcp_client *client,
                                         const struct mcp_client_request *request,
                                         const json_t *params, struct mcp_client_message *out,
                                         struct mcp_err *err) {
    bool is_modern = mcp_client_is_modern(client);
    json_auto_t *whole = NULL;
    json_auto_t *id = json_integer((json_int_t)request->id);
    if (id == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a request");
    if (is_modern)
        MCP_TRY(with_meta(client, params, &whole, err));
    out->text = (struct mcp_buf)MCP_BUF_INIT(client->options.max_message_bytes);
    MCP_TRY(mcp_jsonrpc_write_request(&out->text, id, request->method, is_modern ? whole : params,
                                      err));
    describe(client, request->method, params, &out->out);
    out->out.body = mcp_buf_view(&out->text);
    return is_modern && client->link->kind == MCP_LINK_HTTP ? add_headers(client, params, out, err)
                                                            : MCP_OK;
}

enum mcp_code mcp_client_message_notification(const struct mcp_client *client, const char *method,
                                              const json_t *params, struct mcp_client_message *out,
                                              struct mcp_err *err) {
    if (mcp_client_is_modern(client) && client->link->kind == MCP_LINK_HTTP)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                        "clients of revision %s send no notifications over HTTP",
                        mcp_version_text(client->speaks));
    out->text = (struct mcp_buf)MCP_BUF_INIT(client->options.max_message_bytes);
    MCP_TRY(mcp_jsonrpc_write_notification(&out->text, method, params, err));
    describe(client, method, params, &out->out);
    out->out.body = mcp_buf_view(&out->text);
    return MCP_OK;
}
