/* SPDX-License-Identifier: MIT */
/* client_core.c - see client_core.h. Pure: no I/O, no clock, no log. */
#include "client/client_core.h"

#include <stdio.h>
#include <string.h>

#include "client/client_ask.h"
#include "client/client_message.h"
#include "mcp/alloc.h"

uint64_t mcp_client_add_ms(uint64_t now_ms, uint64_t more_ms) {
    return more_ms < UINT64_MAX - now_ms ? now_ms + more_ms : UINT64_MAX;
}

bool mcp_client_is_modern(const struct mcp_client *client) {
    return mcp_version_info(client->speaks)->is_modern;
}

void mcp_client_core_ignore(struct mcp_client *client, const struct mcp_err *why) {
    client->ignored++;
    if (client->options.on_ignored != NULL)
        client->options.on_ignored(client->options.user, why);
}

/* --- the requests in flight ------------------------------------------------------------------- */

static void release(struct mcp_client_request *request) {
    json_decref(request->answers);
    json_decref(request->state);
    mcp_free(request->text);
    mcp_free(request);
}

static void detach(struct mcp_client_request *request) {
    struct mcp_client *client = request->client;
    (void)mcp_pending_take(client->pending, request->id);
    if (!request->is_attached)
        return;
    request->is_attached = false;
    *(request->prev != NULL ? &request->prev->next : &client->first) = request->next;
    if (request->next != NULL)
        request->next->prev = request->prev;
}

static enum mcp_code attach(struct mcp_client_request *request, struct mcp_err *err) {
    struct mcp_client *client = request->client;
    MCP_TRY(mcp_pending_add(client->pending, request->deadline_ms, request, &request->id, err));
    request->prev = NULL;
    request->next = client->first;
    if (client->first != NULL)
        client->first->prev = request;
    client->first = request;
    request->is_attached = true;
    return MCP_OK;
}

/* Almost always the id is the token. */
struct mcp_client_request *mcp_client_core_find(const struct mcp_client *client, uint64_t token) {
    struct mcp_client_request *request = mcp_pending_peek(client->pending, token);
    if (request != NULL)
        return request->token == token ? request : NULL;
    request = client->first;
    while (request != NULL && request->token != token)
        request = request->next;
    return request;
}

struct mcp_client_request *mcp_client_core_waiting(const struct mcp_client *client, uint64_t id) {
    struct mcp_client_request *request = mcp_pending_peek(client->pending, id);
    return request != NULL && !request->is_paused ? request : NULL;
}

void mcp_client_core_answer(struct mcp_client_request *request, const struct mcp_reply *reply) {
    detach(request);
    mcp_client_ask_forget(request->client, request);
    request->on_done(reply, request->user);
    release(request);
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

void mcp_client_core_go_down(struct mcp_client *client, const struct mcp_err *err) {
    bool was_ready = client->state == MCP_CLIENT_READY;
    if (client->state == MCP_CLIENT_DOWN)
        return;
    client->state = MCP_CLIENT_DOWN;
    client->down = *err;
    mcp_client_ask_forget(client, NULL);
    mcp_client_core_fail_all(client, &client->down);
    if (was_ready && client->options.on_down != NULL)
        client->options.on_down(client->options.user, &client->down);
}

void mcp_client_core_stop_link(struct mcp_client *client) {
    if (!client->is_link_started)
        return;
    client->is_link_started = false;
    client->link->ops->stop(client->link);
}

/* --- sending ---------------------------------------------------------------------------------- */

enum mcp_code mcp_client_core_check_ready(const struct mcp_client *client, struct mcp_err *err) {
    if (client->state != MCP_CLIENT_READY)
        return MCP_FAIL(err, MCP_E_STATE, "not connected");
    return MCP_OK;
}

/* A modern server may ask for it, a legacy one may forget its session. */
static bool may_be_sent_again(const struct mcp_client_request *request) {
    const struct mcp_client *client = request->client;
    return !request->is_handshake &&
           (mcp_client_is_modern(client) || client->link->kind == MCP_LINK_HTTP);
}

static void keep_text(struct mcp_client_request *request, struct mcp_client_message *message) {
    mcp_free(request->text);
    request->text = mcp_buf_take(&message->text, &request->text_len);
}

static enum mcp_code transmit(struct mcp_client_request *request, const json_t *params,
                              struct mcp_err *err) {
    struct mcp_client *client = request->client;
    MCP_AUTO(mcp_client_message_deinit) struct mcp_client_message message = {0};
    MCP_TRY(mcp_client_message_request(client, request, params, &message, err));
    if (client->renewal != MCP_CLIENT_RENEWAL_NONE && !request->is_handshake) {
        request->is_paused = true;
        request->is_held = true;
        keep_text(request, &message);
        return MCP_OK;
    }
    message.out.request_token = request->id;
    message.out.deadline_ms = request->deadline_ms == UINT64_MAX ? 0 : request->deadline_ms;
    uint64_t id = request->id;
    enum mcp_code code = client->link->ops->send(client->link, &message.out, err);
    bool is_alive =
        mcp_pending_peek(client->pending, id) == request; /* the link may have failed it */
    if (code == MCP_OK && is_alive && may_be_sent_again(request))
        keep_text(request, &message);
    return code;
}

static struct mcp_client_request *request_new(struct mcp_client *client,
                                              const struct mcp_client_outgoing *outgoing,
                                              struct mcp_err *err) {
    struct mcp_client_request *request = NULL;
    if (strlen(outgoing->method) > MCP_CLIENT_MAX_METHOD_BYTES) {
        (void)MCP_FAIL(err, MCP_E_LIMIT, "a method name longer than %d bytes",
                       MCP_CLIENT_MAX_METHOD_BYTES);
        return NULL;
    }
    request = mcp_alloc(sizeof *request);
    if (request == NULL) {
        (void)MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a request");
        return NULL;
    }
    request->client = client;
    request->deadline_ms = outgoing->deadline_ms;
    request->timeout_ms = outgoing->timeout_ms;
    request->is_handshake = outgoing->is_handshake;
    memcpy(request->method, outgoing->method, strlen(outgoing->method));
    if (attach(request, err) == MCP_OK)
        return request;
    release(request);
    return NULL;
}

uint64_t mcp_client_core_request(struct mcp_client *client,
                                 const struct mcp_client_outgoing *outgoing, mcp_reply_fn *on_done,
                                 void *user) {
    struct mcp_err err = {0};
    struct mcp_client_request *request = NULL;
    if (outgoing->is_handshake || mcp_client_core_check_ready(client, &err) == MCP_OK)
        request = request_new(client, outgoing, &err);
    if (request == NULL) {
        (void)mcp_err_at(&err, err.code, "%.*s", MCP_CLIENT_MAX_METHOD_BYTES, outgoing->method);
        on_done(&(struct mcp_reply){.code = err.code, .err = &err}, user);
        return 0;
    }
    uint64_t token = request->id;
    request->token = token;
    request->on_done = on_done;
    request->user = user;
    if (transmit(request, outgoing->params, &err) != MCP_OK) {
        /* A transport that failed may have reported so already. */
        request = mcp_client_core_find(client, token);
        if (request != NULL)
            mcp_client_core_fail(request, &err);
        return 0;
    }
    return mcp_client_core_find(client, token) != NULL ? token : 0;
}

json_t *mcp_client_core_params(const struct mcp_client_request *request, struct mcp_err *err) {
    json_auto_t *root = NULL;
    if (mcp_json_parse((struct mcp_str){request->text, request->text_len}, &root, err) != MCP_OK)
        return NULL;
    return json_incref(json_object_get(root, "params"));
}

void mcp_client_core_pause(struct mcp_client_request *request) {
    request->is_paused = true;
}

void mcp_client_core_resend(struct mcp_client_request *request, const json_t *params) {
    struct mcp_client *client = request->client;
    struct mcp_err err = {0};
    json_auto_t *same = NULL;
    if (params == NULL) {
        same = mcp_client_core_params(request, &err);
        params = same;
    }
    uint64_t token = request->token;
    detach(request);
    request->is_paused = false;
    enum mcp_code code = err.code != MCP_OK ? err.code : attach(request, &err);
    if (code != MCP_OK) {
        mcp_client_core_fail(request, &err);
        return;
    }
    if (transmit(request, params, &err) == MCP_OK)
        return;
    request = mcp_client_core_find(client, token);
    if (request != NULL)
        mcp_client_core_fail(request, &err);
}

enum mcp_code mcp_client_core_notify(struct mcp_client *client, const char *method,
                                     const json_t *params, struct mcp_err *err) {
    MCP_AUTO(mcp_client_message_deinit) struct mcp_client_message message = {0};
    MCP_TRY(mcp_client_message_notification(client, method, params, &message, err));
    return client->link->ops->send(client->link, &message.out, err);
}
