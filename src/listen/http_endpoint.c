/* SPDX-License-Identifier: MIT */
/* http_endpoint.c - see http_endpoint.h. */
#include "listen/http_endpoint.h"

#include <stdio.h>
#include <string.h>

#include "listen/http_answer.h"
#include "listen/http_relay.h"
#include "listen/http_resume.h"
#include "listen/http_status.h"

#define MAX_PAGE_BYTES ((size_t)64 * 1024)

static bool is(struct mcp_str text, const char *other) {
    return mcp_str_equal(text, mcp_str_of(other));
}

static struct mcp_str field(const struct mcp_http_connection *connection,
                            enum mcp_http_field which) {
    return connection->facts.value[which];
}

static bool is_modern(const struct mcp_http_connection *connection) {
    struct mcp_str text = field(connection, MCP_HTTP_PROTOCOL_VERSION);
    return mcp_version_info(mcp_version_parse(text))->is_modern;
}

static enum MHD_Result fail(struct mcp_http_connection *connection, enum mcp_code code,
                            const struct mcp_err *err) {
    unsigned status = mcp_http_status_of_code(code);
    return mcp_http_answer_failure(connection, status,
                                   status == 404 ? "no such session" : err->what);
}

/* The reply is the connection's from now on. */
static void set_reply(struct mcp_http_connection *connection, struct mcp_http_reply *reply) {
    reply->reader = connection;
    connection->reply = reply;
    connection->step = MCP_HTTP_STEP_REPLY;
}

static void name_session(struct mcp_http_reply *reply, struct mcp_str id) {
    if (id.len == 0 || id.len > MCP_HTTP_MAX_SESSION_ID)
        return;
    memcpy(reply->session_id, id.ptr, id.len);
    reply->session_id[id.len] = '\0';
}

static enum mcp_code name_principal(struct mcp_http_reply *reply, struct mcp_str principal,
                                    struct mcp_err *err) {
    if (principal.len == 0)
        return MCP_OK;
    reply->principal = mcp_blob_new(principal);
    return reply->principal != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static bool allows(void *user, struct mcp_str method, struct mcp_str name) {
    struct mcp_http_connection *connection = user;
    const struct mcp_authority *authority = connection->loop->policy.options->authority;
    mcp_buf_clear(&connection->needed);
    bool is_allowed = authority->allows(authority->user, connection->facts.grant, method, name,
                                        &connection->needed);
    connection->is_denied = connection->is_denied || !is_allowed;
    return is_allowed;
}

/* Bearers may do everything. */
static struct mcp_gate gate_of(struct mcp_http_connection *connection) {
    bool has_gate = connection->facts.grant != NULL;
    return (struct mcp_gate){has_gate ? allows : NULL, connection};
}

static struct mcp_arrival arrival_of(const struct mcp_http_connection *connection,
                                     const struct mcp_http_head *head) {
    return (struct mcp_arrival){
        .body = mcp_buf_view(&connection->body),
        .carrier = MCP_CARRIER_STREAMABLE,
        .http = head,
        .session_id = field(connection, MCP_HTTP_SESSION_ID),
        .principal = mcp_str_of(connection->facts.principal),
        .now_ms = connection->loop->now_ms,
    };
}

static enum MHD_Result post_mcp(struct mcp_http_connection *connection,
                                const struct mcp_http_head *head) {
    struct mcp_http_hub *hub = connection->loop->hub;
    struct mcp_err err = {0};
    struct mcp_http_reply *reply = NULL;
    enum mcp_code code = mcp_http_reply_new(hub, MCP_HTTP_REPLY_POST, &reply, &err);
    if (code != MCP_OK)
        return fail(connection, code, &err);
    name_session(reply, field(connection, MCP_HTTP_SESSION_ID));
    reply->may_resume = reply->session_id[0] != '\0' && !is_modern(connection);
    reply->prefers_stream = connection->facts.prefers_stream;
    set_reply(connection, reply);
    mcp_http_reply_lend(reply);
    const struct mcp_gate gate = gate_of(connection);
    struct mcp_arrival arrival = arrival_of(connection, head);
    arrival.gate = &gate;
    mcp_server_receive(hub->server, &arrival, &reply->outlet);
    return MHD_YES;
}

/* Offer the stream to the server. A stream of the same session that lost its connection, and waits
 * for it to come back, gives way to the new one. */
static enum mcp_code attach(struct mcp_http_connection *connection, struct mcp_http_reply *reply,
                            struct mcp_err *err) {
    struct mcp_http_hub *hub = connection->loop->hub;
    struct mcp_str id = mcp_str_of(reply->session_id);
    struct mcp_str principal = mcp_str_of(connection->facts.principal);
    mcp_http_reply_lend(reply);
    enum mcp_code code = mcp_server_attach(hub->server, id, principal, &reply->outlet, err);
    struct mcp_http_reply *old =
        code == MCP_E_EXISTS ? mcp_http_resume_find_detached(hub, id) : NULL;
    if (old != NULL) {
        mcp_http_resume_abandon(old);
        mcp_http_reply_unref(old);
        *err = (struct mcp_err){0};
        code = mcp_server_attach(hub->server, id, principal, &reply->outlet, err);
    }
    if (code != MCP_OK)
        mcp_http_reply_take_back(reply);
    return code;
}

/* Open, attach and register a stream that belongs to a session rather than to a request. */
static enum mcp_code open_stream(struct mcp_http_connection *connection,
                                 struct mcp_http_reply *reply, struct mcp_str first,
                                 struct mcp_err *err) {
    MCP_TRY(mcp_http_reply_open_stream(reply, first, err));
    if (reply->kind == MCP_HTTP_REPLY_SSE) /* before its first POST can come */
        MCP_TRY(mcp_http_resume_register(reply, err));
    MCP_TRY(attach(connection, reply, err));
    if (reply->kind != MCP_HTTP_REPLY_SSE) /* not before: another may have the place */
        MCP_TRY(mcp_http_resume_register(reply, err));
    return MCP_OK;
}

static enum MHD_Result get_standalone(struct mcp_http_connection *connection) {
    struct mcp_err err = {0};
    struct mcp_http_reply *reply = NULL;
    enum mcp_code code =
        mcp_http_reply_new(connection->loop->hub, MCP_HTTP_REPLY_STANDALONE, &reply, &err);
    if (code == MCP_OK) {
        name_session(reply, field(connection, MCP_HTTP_SESSION_ID));
        reply->may_resume = true;
        code = open_stream(connection, reply, MCP_STR(""), &err);
        if (code == MCP_OK) {
            set_reply(connection, reply);
            return MHD_YES;
        }
        mcp_http_resume_discard(reply);
    }
    if (code == MCP_E_EXISTS)
        return mcp_http_answer_failure(connection, 409, "the session has its stream already");
    return fail(connection, code, &err);
}

static enum MHD_Result get_resumed(struct mcp_http_connection *connection, struct mcp_str text) {
    struct mcp_err err = {0};
    struct mcp_event_id last;
    struct mcp_http_reply *reply = NULL;
    if (!mcp_event_id_read(text, &last))
        return mcp_http_answer_failure(connection, 400, "Last-Event-ID is not one of ours");
    enum mcp_code code = mcp_http_resume_continue(
        connection->loop->hub, field(connection, MCP_HTTP_SESSION_ID), last, &reply, &err);
    if (code == MCP_OK) {
        set_reply(connection, reply);
        return MHD_YES;
    }
    if (code == MCP_E_NOT_FOUND || code == MCP_E_LIMIT)
        return mcp_http_answer_failure(
            connection, 400,
            "the events after Last-Event-ID are not kept: open the stream without it");
    return fail(connection, code, &err);
}

static enum MHD_Result refuse_get(struct mcp_http_connection *connection) {
    const struct mcp_http_verdict modern = {
        .status = 405, .text = "this revision has no GET and no DELETE", .allow = "POST"};
    if (is_modern(connection))
        return mcp_http_answer_refuse(connection, &modern);
    return mcp_http_answer_failure(connection, 400, "no Mcp-Session-Id header");
}

static enum MHD_Result get_mcp(struct mcp_http_connection *connection) {
    struct mcp_str id = field(connection, MCP_HTTP_SESSION_ID);
    if (id.len == 0 || is_modern(connection))
        return refuse_get(connection);
    struct mcp_err err = {0};
    enum mcp_code code = mcp_server_check_session(connection->loop->hub->server, id,
                                                  mcp_str_of(connection->facts.principal),
                                                  connection->loop->now_ms, &err);
    if (code == MCP_OK && id.len > MCP_HTTP_MAX_SESSION_ID)
        code = MCP_FAIL(&err, MCP_E_NOT_FOUND, "no such session");
    if (code != MCP_OK)
        return fail(connection, code, &err);
    struct mcp_str last = field(connection, MCP_HTTP_LAST_EVENT_ID);
    return last.len > 0 ? get_resumed(connection, last) : get_standalone(connection);
}

static enum MHD_Result delete_mcp(struct mcp_http_connection *connection) {
    struct mcp_str id = field(connection, MCP_HTTP_SESSION_ID);
    if (id.len == 0 || is_modern(connection))
        return refuse_get(connection);
    struct mcp_err err = {0};
    enum mcp_code code = mcp_server_end_session(connection->loop->hub->server, id,
                                                mcp_str_of(connection->facts.principal), &err);
    if (code != MCP_OK)
        return fail(connection, code, &err);
    mcp_http_hub_forget(connection->loop->hub, id);
    return mcp_http_answer_text(connection, 200, NULL, MCP_STR(""));
}

static enum MHD_Result get_sse(struct mcp_http_connection *connection) {
    struct mcp_http_hub *hub = connection->loop->hub;
    struct mcp_err err = {0};
    struct mcp_http_reply *reply = NULL;
    struct mcp_str principal = mcp_str_of(connection->facts.principal);
    enum mcp_code code = mcp_http_reply_new(hub, MCP_HTTP_REPLY_SSE, &reply, &err);
    if (code != MCP_OK)
        return fail(connection, code, &err);
    char id[33] = "";
    code = name_principal(reply, principal, &err);
    if (code == MCP_OK)
        code = mcp_server_open_session(hub->server, MCP_CARRIER_SSE, principal,
                                       connection->loop->now_ms, id, &err);
    if (code == MCP_OK) {
        char first[96];
        int len = snprintf(first, sizeof first,
                           "event: endpoint\r\ndata: /messages/?session_id=%s\r\n\r\n", id);
        name_session(reply, mcp_str_of(id));
        code = open_stream(connection, reply, (struct mcp_str){first, (size_t)len}, &err);
    }
    if (code != MCP_OK) {
        mcp_http_resume_discard(reply);
        return fail(connection, code, &err);
    }
    set_reply(connection, reply);
    return MHD_YES;
}

static const char *message_text(unsigned status) {
    switch (status) {
    case 202:
        return "Accepted";
    case 403:
        return "The token does not have the scopes for it";
    case 404:
        return "Could not find session";
    case 503:
        return "The server is stopping or busy";
    default:
        return "Could not parse message";
    }
}

static enum MHD_Result post_message(struct mcp_http_connection *connection,
                                    const struct mcp_http_head *head) {
    struct mcp_http_hub *hub = connection->loop->hub;
    const struct mcp_http_route *route = &connection->route;
    if (route->has_id != MCP_HTTP_PARAM_GOOD)
        return mcp_http_answer_failure(connection, 400,
                                       route->has_id == MCP_HTTP_PARAM_ABSENT
                                           ? "session_id is required"
                                           : "Invalid session ID");
    struct mcp_http_reply *stream = mcp_http_resume_find_sse(hub, mcp_str_of(route->session_id));
    if (stream == NULL)
        return mcp_http_answer_failure(connection, 404, message_text(404));
    struct mcp_err err = {0};
    struct mcp_http_relay *relay = NULL;
    enum mcp_code code = mcp_http_relay_new(stream, &relay, &err);
    mcp_http_reply_unref(stream);
    if (code != MCP_OK)
        return fail(connection, code, &err);
    const struct mcp_gate gate = gate_of(connection);
    struct mcp_arrival arrival = arrival_of(connection, head);
    arrival.gate = &gate;
    arrival.carrier = MCP_CARRIER_SSE;
    arrival.session_id = mcp_str_of(route->session_id);
    mcp_server_receive(hub->server, &arrival, mcp_http_relay_outlet(relay));
    unsigned status = mcp_http_relay_close(relay);
    return mcp_http_answer_text(connection, status, "text/plain; charset=utf-8",
                                mcp_str_of(message_text(status)));
}

static enum MHD_Result get_page(struct mcp_http_connection *connection) {
    const struct mcp_page *page = &connection->loop->hub->options.pages[connection->route.page];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(MAX_PAGE_BYTES);
    unsigned status = page->render(&out, page->user);
    if (mcp_buf_finish(&out, NULL) != MCP_OK)
        return mcp_http_answer_failure(connection, 500, "the page is longer than 65536 bytes");
    return mcp_http_answer_text(connection, status, page->content_type, mcp_buf_view(&out));
}

enum MHD_Result mcp_http_endpoint_serve(struct mcp_http_connection *connection,
                                        const struct mcp_http_head *head) {
    switch (connection->route.endpoint) {
    case MCP_HTTP_MCP:
        if (is(head->method, "POST"))
            return post_mcp(connection, head);
        return is(head->method, "GET") ? get_mcp(connection) : delete_mcp(connection);
    case MCP_HTTP_SSE:
        return get_sse(connection);
    case MCP_HTTP_MESSAGES:
        return post_message(connection, head);
    case MCP_HTTP_PAGE:
        return get_page(connection);
    default:
        return MHD_NO;
    }
}
