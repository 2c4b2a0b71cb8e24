/* SPDX-License-Identifier: MIT */
/* streamable_exchange.c - see streamable.h. Effect: HTTP requests, through the loop. */
#include "dial/command.h"
#include "dial/http_headers.h"
#include "dial/streamable.h"
#include "mcp/alloc.h"
#include "mcp/log.h"

enum { NOTICE_TIMEOUT_MS = 30000 }; /* of a message that has no deadline of its own */

static void release_exchange(void *user) {
    struct mcp_exchange *exchange = user;
    mcp_http_reader_deinit(&exchange->reader);
    mcp_command_env_free(exchange->headers);
    mcp_free(exchange->body);
    mcp_free(exchange);
}

void mcp_exchange_retire(struct mcp_exchange *exchange) {
    struct mcp_streamable *owner = exchange->owner;
    if (exchange->is_retired)
        return;
    exchange->is_retired = true;
    *(exchange->prev != NULL ? &exchange->prev->next : &owner->first) = exchange->next;
    *(exchange->next != NULL ? &exchange->next->prev : &owner->last) = exchange->prev;
    owner->count--;
    owner->answer_count -= exchange->is_answer;
    mcp_loop_timer_clear(owner->loop, &exchange->timer);
    mcp_authorized_deinit(owner->target->authorizer, &exchange->authorized);
    mcp_fetch_cancel(exchange->fetch);
    exchange->fetch = NULL;
    mcp_loop_push(owner->loop, &exchange->job);
}

bool mcp_exchange_is_success(const struct mcp_exchange *exchange) {
    return exchange->reader.status >= 200 && exchange->reader.status < 300;
}

static enum mcp_code on_event(const struct mcp_sse_event *event, void *user, struct mcp_err *err) {
    struct mcp_exchange *exchange = user;
    struct mcp_streamable *owner = exchange->owner;
    exchange->attempts = 0;
    owner->base.link.status = exchange->reader.status;
    if (mcp_str_equal(event->type, MCP_STR("message")))
        owner->events->on_message(owner->events->user, event->data);
    return exchange->is_retired ? MCP_FAIL(err, MCP_E_CANCELLED, "nobody reads any more") : MCP_OK;
}

enum mcp_code mcp_exchange_on_head(void *user, const struct mcp_fetch *fetch, struct mcp_err *err) {
    struct mcp_exchange *exchange = user;
    mcp_http_reader_head(&exchange->reader, fetch);
    mcp_authorized_head(exchange->owner->target->authorizer, &exchange->authorized, fetch);
    if (exchange->purpose == MCP_EXCHANGE_STANDALONE && exchange->reader.kind == MCP_READER_EVENTS)
        exchange->was_open = true;
    if (!exchange->is_initialize || !mcp_exchange_is_success(exchange))
        return MCP_OK;
    return mcp_streamable_take_session_id(exchange->owner,
                                          mcp_fetch_header(fetch, "Mcp-Session-Id"), err);
}

enum mcp_code mcp_exchange_begin_fetch(struct mcp_exchange *exchange, struct mcp_err *err) {
    struct mcp_streamable *owner = exchange->owner;
    bool is_get = exchange->body == NULL;
    bool has_id = is_get && exchange->reader.last_id.len > 0;
    exchange->is_held = false;
    if (mcp_authorized_holds(owner->target->authorizer, &exchange->authorized))
        return MCP_OK;
    const struct mcp_http_extra extra = {
        .has_body = !is_get,
        .accept = is_get ? "text/event-stream" : "application/json, text/event-stream",
        .session_id =
            (exchange->is_initialize && !is_get) || exchange->is_modern ? NULL : owner->session_id,
        .version = is_get ? owner->version : exchange->version,
        .last_id = has_id ? exchange->reader.last_id.data : NULL,
        .token = mcp_authorized_token(owner->target->authorizer, &exchange->authorized),
        .lines = (const char *const *)exchange->headers,
    };
    struct mcp_fetch_request request = {
        .config = &owner->config,
        .method = is_get ? "GET" : "POST",
        .body = {exchange->body, exchange->body_len},
        .timeout_ms = exchange->purpose == MCP_EXCHANGE_NOTICE ? NOTICE_TIMEOUT_MS : 0,
        .is_once = exchange->is_once && !is_get,
    };
    MCP_TRY(mcp_http_headers(owner->target, &extra, &request.headers, err));
    struct mcp_fetch_handlers handlers = owner->handlers;
    handlers.user = exchange;
    exchange->had_session = extra.session_id != NULL && extra.session_id[0] != '\0';
    return mcp_fetch_start(owner->loop, &request, &handlers, &exchange->fetch, err);
}

void mcp_exchange_begin(struct mcp_exchange *exchange) {
    struct mcp_err err = {0};
    if (mcp_exchange_begin_fetch(exchange, &err) == MCP_OK)
        return;
    /* As if it had begun and failed: the caller is not in the middle of anything of its own. */
    exchange->owner->handlers.on_done(exchange, &err);
}

enum mcp_code mcp_exchange_take_headers(struct mcp_exchange *exchange, const char *const *lines,
                                        struct mcp_err *err) {
    size_t count = 0;
    while (lines[count] != NULL)
        count++;
    exchange->headers = mcp_alloc((count + 1) * sizeof *exchange->headers);
    for (size_t i = 0; exchange->headers != NULL && i < count; i++) {
        exchange->headers[i] = mcp_strdup(lines[i]);
        if (exchange->headers[i] == NULL)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a header");
    }
    return exchange->headers != NULL ? MCP_OK
                                     : MCP_FAIL(err, MCP_E_NOMEM, "out of memory for headers");
}

static void on_timer(void *user) {
    mcp_exchange_begin(user);
}

/* It was refused, or had to wait, and there is another token now. */
static void on_authorized(void *user, const struct mcp_err *err) {
    struct mcp_exchange *exchange = user;
    mcp_http_reader_reset(&exchange->reader);
    if (err->code == MCP_OK)
        mcp_exchange_begin(exchange);
    else
        exchange->owner->handlers.on_done(exchange, err);
}

struct mcp_exchange *mcp_exchange_new(struct mcp_streamable *owner,
                                      enum mcp_exchange_purpose purpose, struct mcp_err *err) {
    if (owner->count == MCP_STREAMABLE_MAX_EXCHANGES) {
        (void)MCP_FAIL(err, MCP_E_LIMIT, "%d exchanges with the server are under way already",
                       MCP_STREAMABLE_MAX_EXCHANGES);
        return NULL;
    }
    struct mcp_exchange *exchange = mcp_alloc(sizeof *exchange);
    if (exchange == NULL) {
        (void)MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an HTTP exchange");
        return NULL;
    }
    exchange->owner = owner;
    exchange->purpose = purpose;
    exchange->timer = (struct mcp_loop_timer){.fn = on_timer, .user = exchange};
    exchange->authorized.wait = (struct mcp_authorizer_wait){.fn = on_authorized, .user = exchange};
    exchange->job = (struct mcp_loop_job){.fn = release_exchange, .user = exchange};
    mcp_http_reader_init(&exchange->reader, owner->target->max_message_bytes, on_event, exchange);
    exchange->prev = owner->last;
    *(owner->last != NULL ? &owner->last->next : &owner->first) = exchange;
    owner->last = exchange;
    owner->count++;
    return exchange;
}

void mcp_streamable_open_standalone(struct mcp_streamable *owner) {
    struct mcp_err err = {0};
    if (owner->is_down || owner->is_stopped)
        return;
    struct mcp_exchange *exchange = mcp_exchange_new(owner, MCP_EXCHANGE_STANDALONE, &err);
    if (exchange != NULL)
        mcp_exchange_begin(exchange);
    else
        MCP_LOG(WARN, "dial.streamable", "no standalone stream: %s", err.what);
}

/* The stream first: it takes the connection that is open already, so what the requests lead to
 * finds it there. Exchanges ended by these are in the list no more when the search goes on from the
 * start.
 */
void mcp_streamable_release_held(struct mcp_streamable *owner) {
    owner->barrier = NULL;
    if (owner->is_ready)
        mcp_streamable_open_standalone(owner);
    for (struct mcp_exchange *exchange = owner->first; exchange != NULL;) {
        struct mcp_exchange *next = exchange->next;
        if (exchange->is_held)
            mcp_exchange_begin(exchange);
        exchange = exchange->is_retired ? owner->first : next;
    }
}
