/* SPDX-License-Identifier: MIT */
/* link_streamable.c - see dial_link.h. Effect: Streamable HTTP of both eras. */
#include <stdio.h>
#include <string.h>

#include "dial/streamable.h"
#include "mcp/alloc.h"

static struct mcp_streamable *streamable_of(struct mcp_link *link) {
    return (struct mcp_streamable *)link;
}

static enum mcp_code start(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err) {
    (void)err;
    streamable_of(link)->events = events;
    return MCP_OK;
}

static enum mcp_code take_message(struct mcp_exchange *exchange,
                                  const struct mcp_link_message *message, struct mcp_err *err) {
    struct mcp_streamable *owner = exchange->owner;
    exchange->body = mcp_strndup(message->body.ptr, message->body.len);
    if (exchange->body == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a message");
    exchange->body_len = message->body.len;
    exchange->token = message->request_token;
    exchange->is_modern = message->headers != NULL;
    if (message->headers != NULL)
        MCP_TRY(mcp_exchange_take_headers(exchange, message->headers, err));
    exchange->is_answer = message->method[0] == '\0';
    owner->answer_count += exchange->is_answer;
    exchange->is_initialize = strcmp(message->method, "initialize") == 0;
    exchange->is_once = strcmp(message->method, "tools/call") == 0;
    if (message->version != NULL)
        (void)snprintf(exchange->version, sizeof exchange->version, "%s", message->version);
    exchange->is_held = owner->barrier != NULL;
    /* Each message travels on its own: a request could overtake this one, and be refused. */
    exchange->is_barrier = strcmp(message->method, "notifications/initialized") == 0;
    if (exchange->is_barrier)
        owner->barrier = exchange;
    return exchange->is_held ? MCP_OK : mcp_exchange_begin_fetch(exchange, err);
}

static enum mcp_code send_message(struct mcp_link *link, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    struct mcp_streamable *owner = streamable_of(link);
    struct mcp_err why = {0};
    if (owner->is_down)
        return MCP_FAIL(err, MCP_E_STATE, "not connected");
    if (message->method[0] == '\0' && owner->answer_count == MCP_DIAL_MAX_ANSWERS)
        return MCP_FAIL(err, MCP_E_LIMIT, "%d answers are on their way to the server already",
                        MCP_DIAL_MAX_ANSWERS);
    struct mcp_exchange *exchange = mcp_exchange_new(
        owner, message->request_token != 0 ? MCP_EXCHANGE_REQUEST : MCP_EXCHANGE_NOTICE, &why);
    if (exchange != NULL && take_message(exchange, message, &why) == MCP_OK)
        return MCP_OK;
    if (exchange != NULL && owner->barrier == exchange)
        owner->barrier = NULL;
    if (exchange != NULL)
        mcp_exchange_retire(exchange);
    return MCP_FAIL(err, why.code, "%s", why.what);
}

static void forget(struct mcp_link *link, uint64_t token) {
    struct mcp_streamable *owner = streamable_of(link);
    for (struct mcp_exchange *exchange = owner->first; exchange != NULL;
         exchange = exchange->next) {
        if (exchange->token == token && exchange->purpose == MCP_EXCHANGE_REQUEST) {
            mcp_exchange_retire(exchange);
            return;
        }
    }
}

static void ready(struct mcp_link *link, const char *version) {
    struct mcp_streamable *owner = streamable_of(link);
    (void)snprintf(owner->version, sizeof owner->version, "%s", version);
    owner->is_ready = true;
    bool is_modern = mcp_version_info(mcp_version_parse(mcp_str_of(version)))->is_modern;
    if (!is_modern && owner->barrier == NULL)
        mcp_streamable_open_standalone(owner);
}

static void run_closed(void *user) {
    struct mcp_streamable *owner = user;
    owner->base.on_closed(owner->base.closed_user);
}

static void stop(struct mcp_link *link) {
    struct mcp_streamable *owner = streamable_of(link);
    owner->is_stopped = true;
    while (owner->first != NULL)
        mcp_exchange_retire(owner->first);
    if (owner->session_id[0] == '\0' || owner->is_down ||
        mcp_streamable_delete_session(owner, NULL) != MCP_OK)
        mcp_loop_push(owner->loop, &owner->closed);
}

static void describe(const struct mcp_dial_link *link, struct mcp_dial_state *out_state) {
    (void)link;
    out_state->transport = MCP_DIAL_STREAMABLE;
}

static void release(struct mcp_dial_link *link) {
    mcp_free(link);
}

enum mcp_code mcp_link_streamable_new(struct mcp_loop *loop, const struct mcp_target *target,
                                      struct mcp_dial_link **out_link, struct mcp_err *err) {
    static const struct mcp_link_ops ops = {start, send_message, forget, ready, stop, NULL};
    static const struct mcp_dial_link_ops more = {describe, release};
    struct mcp_streamable *owner = mcp_alloc(sizeof *owner);
    if (owner == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    owner->base.link.ops = &ops;
    owner->base.more = &more;
    owner->loop = loop;
    owner->target = target;
    owner->config = (struct mcp_fetch_config){.url = target->url,
                                              .ca_file = target->ca_file,
                                              .connect_timeout_ms = target->connect_timeout_ms};
    owner->handlers = (struct mcp_fetch_handlers){mcp_exchange_on_head, mcp_exchange_on_body,
                                                  mcp_exchange_on_done, NULL};
    owner->closed = (struct mcp_loop_job){.fn = run_closed, .user = owner};
    *out_link = &owner->base;
    return MCP_OK;
}
