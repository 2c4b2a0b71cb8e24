/* SPDX-License-Identifier: MIT */
/* client_core.c - see client_core.h. Pure: no I/O, no clock, no log. */
#include "client/client_core.h"

#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/jsonrpc.h"
#include "mcp/method.h"

uint64_t mcp_client_add_ms(uint64_t now_ms, uint64_t more_ms) {
    return more_ms < UINT64_MAX - now_ms ? now_ms + more_ms : UINT64_MAX;
}

void mcp_client_core_answer(struct mcp_client_request *request, const struct mcp_reply *reply) {
    request->on_done(reply, request->user);
    mcp_free(request);
}

void mcp_client_core_fail(struct mcp_client_request *request, const struct mcp_err *cause) {
    struct mcp_err err = *cause;
    if (err.where[0] == '\0')
        (void)snprintf(err.where, sizeof err.where, "%.*s", (int)sizeof err.where - 1,
                       request->method);
    mcp_client_core_answer(request, &(struct mcp_reply){.code = err.code, .err = &err});
}

void mcp_client_core_fail_all(struct mcp_client *client, const struct mcp_err *cause) {
    for (;;) {
        struct mcp_client_request *request =
            mcp_pending_take_expired(client->pending, UINT64_MAX, NULL);
        if (request == NULL)
            return;
        mcp_client_core_fail(request, cause);
    }
}

void mcp_client_core_stop_link(struct mcp_client *client) {
    if (!client->is_link_started)
        return;
    client->is_link_started = false;
    client->link->ops->stop(client->link);
}

/* Member of params that names the tool, prompt or resource, where the method has one. */
static const char *name_of(const struct mcp_client *client, const char *method,
                           const json_t *params) {
    const struct mcp_method *row =
        mcp_method_find(mcp_str_of(method), client->agreed, MCP_SIDE_CLIENT);
    if (row == NULL || row->name_param == NULL)
        return NULL;
    return json_string_value(json_object_get(params, row->name_param));
}

static void describe(const struct mcp_client *client, const char *method, const json_t *params,
                     struct mcp_link_message *out) {
    out->method = method;
    out->name = name_of(client, method, params);
    out->version = client->agreed != MCP_VERSION_NONE ? mcp_version_text(client->agreed) : NULL;
}

static enum mcp_code send_request(struct mcp_client *client, uint64_t id,
                                  const struct mcp_client_outgoing *outgoing, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT(client->options.max_message_bytes);
    json_auto_t *json_id = json_integer((json_int_t)id);
    if (json_id == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a request");
    MCP_TRY(mcp_jsonrpc_write_request(&text, json_id, outgoing->method, outgoing->params, err));
    struct mcp_link_message message = {
        .body = mcp_buf_view(&text),
        .request_token = id,
        .deadline_ms = outgoing->deadline_ms == UINT64_MAX ? 0 : outgoing->deadline_ms,
    };
    describe(client, outgoing->method, outgoing->params, &message);
    return client->link->ops->send(client->link, &message, err);
}

static enum mcp_code add_request(struct mcp_client *client,
                                 const struct mcp_client_outgoing *outgoing, mcp_reply_fn *on_done,
                                 void *user, uint64_t *out_id, struct mcp_err *err) {
    if (strlen(outgoing->method) > MCP_CLIENT_MAX_METHOD_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "a method name longer than %d bytes",
                        MCP_CLIENT_MAX_METHOD_BYTES);
    MCP_AUTO(mcp_freep) struct mcp_client_request *request = mcp_alloc(sizeof *request);
    if (request == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a request");
    request->on_done = on_done;
    request->user = user;
    request->timeout_ms = outgoing->timeout_ms;
    request->is_handshake = outgoing->is_handshake;
    memcpy(request->method, outgoing->method, strlen(outgoing->method));
    MCP_TRY(mcp_pending_add(client->pending, outgoing->deadline_ms, request, out_id, err));
    (void)MCP_TAKE(request);
    return MCP_OK;
}

enum mcp_code mcp_client_core_check_ready(const struct mcp_client *client, struct mcp_err *err) {
    if (client->state != MCP_CLIENT_READY)
        return MCP_FAIL(err, MCP_E_STATE, "not connected");
    return MCP_OK;
}

uint64_t mcp_client_core_request(struct mcp_client *client,
                                 const struct mcp_client_outgoing *outgoing, mcp_reply_fn *on_done,
                                 void *user) {
    struct mcp_err err = {0};
    uint64_t id = 0;
    if ((!outgoing->is_handshake && mcp_client_core_check_ready(client, &err) != MCP_OK) ||
        add_request(client, outgoing, on_done, user, &id, &err) != MCP_OK) {
        (void)mcp_err_at(&err, err.code, "%.*s", MCP_CLIENT_MAX_METHOD_BYTES, outgoing->method);
        on_done(&(struct mcp_reply){.code = err.code, .err = &err}, user);
        return 0;
    }
    if (send_request(client, id, outgoing, &err) != MCP_OK) {
        /* A transport that failed may have reported so already. */
        struct mcp_client_request *request = mcp_pending_take(client->pending, id);
        if (request != NULL)
            mcp_client_core_fail(request, &err);
        return 0;
    }
    return mcp_pending_peek(client->pending, id) != NULL ? id : 0;
}

enum mcp_code mcp_client_core_notify(struct mcp_client *client, const char *method,
                                     const json_t *params, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT(client->options.max_message_bytes);
    MCP_TRY(mcp_jsonrpc_write_notification(&text, method, params, err));
    struct mcp_link_message message = {.body = mcp_buf_view(&text)};
    describe(client, method, params, &message);
    return client->link->ops->send(client->link, &message, err);
}
