/* SPDX-License-Identifier: MIT */
/* link_streamable.c - see dial_link.h. Effect: Streamable HTTP of the legacy revisions. */
#include <stdio.h>
#include <string.h>

#include "client/peer_text.h"
#include "dial/dial_link.h"
#include "dial/http_error.h"
#include "dial/http_headers.h"
#include "dial/http_reader.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"

enum {
    MAX_EXCHANGES = 2048, /* under way or held, of one link */
    MAX_SESSION_ID_BYTES = 1024,
    NOTICE_TIMEOUT_MS = 30000, /* of a message that has no deadline of its own */
    DELETE_TIMEOUT_MS = 2000,
    MAX_ATTEMPTS = 5, /* to take up a cut stream again, without an event in between */
    FIRST_RETRY_MS = 1000,
    MIN_RETRY_MS = 100,
    MAX_RETRY_MS = 30000,
    MAX_ASKED_RETRY_MS = 60000 /* of a `retry:` field */
};

enum purpose {
    POST_REQUEST, /* an answer with this token is awaited, by the POST or what resumes it */
    POST_NOTICE,  /* a notification, or our answer to the server */
    STANDALONE    /* the GET stream of what belongs to no request */
};

struct streamable;

/* A POST and the GETs that take up its stream again, or the standalone stream. */
struct exchange {
    struct exchange *prev;
    struct exchange *next;
    struct streamable *owner;
    enum purpose purpose;
    uint64_t token;
    bool is_initialize;
    bool is_once;    /* a tool runs: not to be sent twice */
    bool is_barrier; /* messages after it wait until it ended */
    bool is_held;    /* waits for the barrier */
    bool is_resumed; /* by GET from now on */
    bool had_session;
    bool was_open;   /* standalone: the server offered it once */
    bool is_retired; /* out of the list, to be released by the job */
    unsigned attempts;
    char *body;
    size_t body_len;
    char version[16];
    struct mcp_fetch *fetch;
    struct mcp_http_reader reader;
    struct mcp_loop_timer timer;
    struct mcp_loop_job job;
};

struct streamable {
    struct mcp_dial_link base; /* first */
    struct mcp_loop *loop;
    const struct mcp_target *target;
    struct mcp_fetch_config config;
    const struct mcp_link_events *events;
    struct exchange *first;
    struct exchange *last;
    size_t count;
    struct exchange *barrier;
    bool is_ready;
    bool is_down;
    bool is_stopped;
    char version[16];
    char session_id[MAX_SESSION_ID_BYTES + 1];
    struct mcp_fetch_handlers handlers; /* of every exchange; user is set for each */
    struct mcp_loop_job closed;
};

static struct streamable *streamable_of(struct mcp_link *link) {
    return (struct streamable *)link;
}

/* --- exchanges -------------------------------------------------------------------------------- */

static void release_exchange(void *user) {
    struct exchange *exchange = user;
    mcp_http_reader_deinit(&exchange->reader);
    mcp_free(exchange->body);
    mcp_free(exchange);
}

/* May be called from inside its own callbacks: the memory stays until the loop's next round. */
static void retire(struct exchange *exchange) {
    struct streamable *owner = exchange->owner;
    if (exchange->is_retired)
        return;
    exchange->is_retired = true;
    *(exchange->prev != NULL ? &exchange->prev->next : &owner->first) = exchange->next;
    *(exchange->next != NULL ? &exchange->next->prev : &owner->last) = exchange->prev;
    owner->count--;
    mcp_loop_timer_clear(owner->loop, &exchange->timer);
    mcp_fetch_cancel(exchange->fetch);
    exchange->fetch = NULL;
    mcp_loop_push(owner->loop, &exchange->job);
}

static void go_down(struct streamable *owner, const struct mcp_err *err) {
    if (owner->is_down || owner->is_stopped)
        return;
    owner->is_down = true;
    owner->events->on_down(owner->events->user, err);
}

static void at_origin(const struct streamable *owner, struct mcp_err *err) {
    char origin[MCP_HTTP_ORIGIN_BYTES];
    mcp_http_origin(mcp_str_of(owner->target->url), origin);
    (void)mcp_err_at(err, err->code, "%s", origin);
}

static void lose_session(struct streamable *owner) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_STATE, "session lost: the server no longer knows it; connect again");
    at_origin(owner, &err);
    go_down(owner, &err);
}

static enum mcp_code on_event(const struct mcp_sse_event *event, void *user, struct mcp_err *err) {
    struct exchange *exchange = user;
    struct streamable *owner = exchange->owner;
    exchange->attempts = 0;
    if (mcp_str_equal(event->type, MCP_STR("message")))
        owner->events->on_message(owner->events->user, event->data);
    return exchange->is_retired ? MCP_FAIL(err, MCP_E_CANCELLED, "nobody reads any more") : MCP_OK;
}

static enum mcp_code take_session_id(struct streamable *owner, const char *id,
                                     struct mcp_err *err) {
    if (id == NULL)
        return MCP_OK;
    size_t len = strlen(id);
    if (len == 0 || len > MAX_SESSION_ID_BYTES)
        return MCP_FAIL(err, MCP_E_PEER, "a session id of %zu bytes: 1 to %d are accepted", len,
                        MAX_SESSION_ID_BYTES);
    for (size_t i = 0; i < len; i++)
        if (id[i] < 0x21 || id[i] > 0x7E)
            return MCP_FAIL(err, MCP_E_PEER, "a session id with byte 0x%02x in it",
                            (unsigned)(unsigned char)id[i]);
    memcpy(owner->session_id, id, len + 1);
    return MCP_OK;
}

static bool is_success(const struct exchange *exchange) {
    return exchange->reader.status >= 200 && exchange->reader.status < 300;
}

static enum mcp_code on_head(void *user, const struct mcp_fetch *fetch, struct mcp_err *err) {
    struct exchange *exchange = user;
    mcp_http_reader_head(&exchange->reader, fetch);
    if (exchange->purpose == STANDALONE && exchange->reader.kind == MCP_READER_EVENTS)
        exchange->was_open = true;
    if (!exchange->is_initialize || !is_success(exchange))
        return MCP_OK;
    return take_session_id(exchange->owner, mcp_fetch_header(fetch, "Mcp-Session-Id"), err);
}

static enum mcp_code on_body(void *user, struct mcp_str bytes, struct mcp_err *err) {
    struct exchange *exchange = user;
    return mcp_http_reader_body(&exchange->reader, bytes, err);
}

/* --- begin ------------------------------------------------------------------------------------ */

static enum mcp_code begin_fetch(struct exchange *exchange, struct mcp_err *err) {
    struct streamable *owner = exchange->owner;
    bool is_get = exchange->body == NULL;
    bool has_id = is_get && exchange->reader.last_id.len > 0;
    const struct mcp_http_extra extra = {
        .has_body = !is_get,
        .accept = is_get ? "text/event-stream" : "application/json, text/event-stream",
        .session_id = exchange->is_initialize && !is_get ? NULL : owner->session_id,
        .version = is_get ? owner->version : exchange->version,
        .last_id = has_id ? exchange->reader.last_id.data : NULL,
    };
    struct mcp_fetch_request request = {
        .config = &owner->config,
        .method = is_get ? "GET" : "POST",
        .body = {exchange->body, exchange->body_len},
        .timeout_ms = exchange->purpose == POST_NOTICE ? NOTICE_TIMEOUT_MS : 0,
        .is_once = exchange->is_once && !is_get,
    };
    MCP_TRY(mcp_http_headers(owner->target, &extra, &request.headers, err));
    struct mcp_fetch_handlers handlers = owner->handlers;
    handlers.user = exchange;
    exchange->had_session = extra.session_id != NULL && extra.session_id[0] != '\0';
    exchange->is_held = false;
    return mcp_fetch_start(owner->loop, &request, &handlers, &exchange->fetch, err);
}

static void begin(struct exchange *exchange) {
    struct mcp_err err = {0};
    if (begin_fetch(exchange, &err) == MCP_OK)
        return;
    /* As if it had begun and failed: the caller is not in the middle of anything of its own. */
    exchange->owner->handlers.on_done(exchange, &err);
}

static void on_timer(void *user) {
    begin(user);
}

/* NULL with LIMIT or NOMEM in err. */
static struct exchange *exchange_new(struct streamable *owner, enum purpose purpose,
                                     struct mcp_err *err) {
    if (owner->count == MAX_EXCHANGES) {
        (void)MCP_FAIL(err, MCP_E_LIMIT, "%d exchanges with the server are under way already",
                       MAX_EXCHANGES);
        return NULL;
    }
    struct exchange *exchange = mcp_alloc(sizeof *exchange);
    if (exchange == NULL) {
        (void)MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an HTTP exchange");
        return NULL;
    }
    exchange->owner = owner;
    exchange->purpose = purpose;
    exchange->timer = (struct mcp_loop_timer){.fn = on_timer, .user = exchange};
    exchange->job = (struct mcp_loop_job){.fn = release_exchange, .user = exchange};
    mcp_http_reader_init(&exchange->reader, owner->target->max_message_bytes, on_event, exchange);
    exchange->prev = owner->last;
    *(owner->last != NULL ? &owner->last->next : &owner->first) = exchange;
    owner->last = exchange;
    owner->count++;
    return exchange;
}

static void open_standalone(struct streamable *owner) {
    struct mcp_err err = {0};
    if (owner->is_down || owner->is_stopped)
        return;
    struct exchange *exchange = exchange_new(owner, STANDALONE, &err);
    if (exchange != NULL)
        begin(exchange);
    else
        MCP_LOG(WARN, "dial.streamable", "no standalone stream: %s", err.what);
}

/* --- end -------------------------------------------------------------------------------------- */

/* Exchanges ended by these are in the list no more when the search goes on from the start. */
static void release_held(struct streamable *owner) {
    owner->barrier = NULL;
    for (struct exchange *exchange = owner->first; exchange != NULL;) {
        struct exchange *next = exchange->next;
        if (exchange->is_held)
            begin(exchange);
        exchange = exchange->is_retired ? owner->first : next;
    }
    if (owner->is_ready)
        open_standalone(owner);
}

/* What the server asked for, or 1 s, 1.5 s, 2.25 s, ... */
static uint64_t retry_delay(const struct exchange *exchange) {
    int64_t asked = exchange->reader.retry_ms;
    if (asked >= 0)
        return asked < MIN_RETRY_MS         ? MIN_RETRY_MS
               : asked > MAX_ASKED_RETRY_MS ? MAX_ASKED_RETRY_MS
                                            : (uint64_t)asked;
    uint64_t delay = FIRST_RETRY_MS;
    for (unsigned i = 1; i < exchange->attempts && delay < MAX_RETRY_MS; i++)
        delay = delay * 3 / 2;
    return delay < MAX_RETRY_MS ? delay : MAX_RETRY_MS;
}

static void retry_later(struct exchange *exchange) {
    exchange->attempts++;
    mcp_http_reader_reset(&exchange->reader);
    mcp_loop_timer_set(exchange->owner->loop, &exchange->timer,
                       mcp_clock_now_ms() + retry_delay(exchange));
}

/* A break on the way, as opposed to an answer that says no or a limit of ours. */
static bool is_cut(const struct mcp_err *err) {
    return err->code == MCP_OK || err->code == MCP_E_IO || err->code == MCP_E_PEER ||
           err->code == MCP_E_TIMEOUT;
}

static bool can_resume(const struct exchange *exchange, const struct mcp_err *err) {
    bool was_stream = exchange->reader.kind == MCP_READER_EVENTS;
    bool never_arrived = exchange->is_resumed && exchange->reader.kind == MCP_READER_NOTHING;
    return (was_stream || never_arrived) && is_cut(err) && exchange->reader.last_id.len > 0 &&
           exchange->attempts < MAX_ATTEMPTS;
}

static void explain_missing(const struct exchange *exchange, struct mcp_err *err) {
    const struct mcp_http_reader *reader = &exchange->reader;
    if (!is_success(exchange))
        (void)mcp_http_status_failure(reader->status, mcp_buf_view(&reader->text), err);
    else if (reader->kind == MCP_READER_EVENTS)
        (void)MCP_FAIL(err, MCP_E_PEER, "the event stream ended before the answer");
    else if (reader->kind == MCP_READER_TEXT)
        (void)MCP_FAIL(err, MCP_E_PEER, "the reply holds no answer to the request");
    else if (reader->media_type[0] == '\0')
        (void)MCP_FAIL(err, MCP_E_PEER, "HTTP %ld and no answer", reader->status);
    else
        (void)MCP_FAIL(err, MCP_E_PEER,
                       "an answer of type \"%s\": expected application/json or text/event-stream",
                       mcp_peer_text(mcp_str_of(reader->media_type)).text);
}

static void end_request(struct exchange *exchange, const struct mcp_err *cause) {
    struct streamable *owner = exchange->owner;
    struct mcp_err err = *cause;
    /* An error status may carry the JSON-RPC error of this very request. */
    if (err.code == MCP_OK && exchange->reader.kind == MCP_READER_TEXT && exchange->reader.is_json)
        owner->events->on_message(owner->events->user, mcp_buf_view(&exchange->reader.text));
    if (exchange->is_retired)
        return;
    if (owner->events->is_waiting(owner->events->user, exchange->token)) {
        if (can_resume(exchange, &err)) {
            mcp_free(exchange->body);
            exchange->body = NULL;
            exchange->body_len = 0;
            exchange->is_resumed = true;
            retry_later(exchange);
            return;
        }
        if (err.code == MCP_OK) {
            explain_missing(exchange, &err);
            at_origin(owner, &err);
            owner->base.failed_status = is_success(exchange) ? 0 : exchange->reader.status;
        }
        owner->events->on_failed(owner->events->user, exchange->token, &err);
    }
    retire(exchange);
}

/* Nobody waits for these: the log is the only one to tell. */
static void end_notice(struct exchange *exchange, const struct mcp_err *cause) {
    struct streamable *owner = exchange->owner;
    bool was_barrier = exchange->is_barrier;
    struct mcp_err err = *cause;
    if (err.code == MCP_OK && !is_success(exchange))
        explain_missing(exchange, &err);
    if (err.code != MCP_OK)
        MCP_LOG(WARN, "dial.streamable", "message not delivered: where=%s what=%s", err.where,
                err.what);
    retire(exchange);
    if (was_barrier)
        release_held(owner);
}

/* Servers may offer none (405, and in practice any other refusal). One that did and is gone for
 * MAX_ATTEMPTS tries is gone altogether. */
static void end_standalone(struct exchange *exchange, const struct mcp_err *err) {
    struct streamable *owner = exchange->owner;
    bool is_refused = err->code == MCP_OK && exchange->reader.kind != MCP_READER_EVENTS;
    if (!exchange->was_open || is_refused || !is_cut(err)) {
        MCP_LOG(DEBUG, "dial.streamable", "no standalone stream: status=%ld what=%s",
                exchange->reader.status, err->what);
        retire(exchange);
    } else if (exchange->attempts >= MAX_ATTEMPTS && err->code != MCP_OK) {
        retire(exchange);
        go_down(owner, err);
    } else {
        retry_later(exchange);
    }
}

static void on_done(void *user, const struct mcp_err *err) {
    struct exchange *exchange = user;
    exchange->fetch = NULL;
    if (err->code == MCP_OK && exchange->reader.status == 404 && exchange->had_session) {
        struct streamable *owner = exchange->owner;
        lose_session(owner);
        retire(exchange);
        return;
    }
    switch (exchange->purpose) {
    case POST_REQUEST:
        end_request(exchange, err);
        return;
    case POST_NOTICE:
        end_notice(exchange, err);
        return;
    case STANDALONE:
        end_standalone(exchange, err);
        return;
    }
}

/* --- the link --------------------------------------------------------------------------------- */

static enum mcp_code start(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err) {
    (void)err;
    streamable_of(link)->events = events;
    return MCP_OK;
}

static enum mcp_code take_message(struct exchange *exchange, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    struct streamable *owner = exchange->owner;
    exchange->body = mcp_strndup(message->body.ptr, message->body.len);
    if (exchange->body == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a message");
    exchange->body_len = message->body.len;
    exchange->token = message->request_token;
    exchange->is_initialize = strcmp(message->method, "initialize") == 0;
    exchange->is_once = strcmp(message->method, "tools/call") == 0;
    if (message->version != NULL)
        (void)snprintf(exchange->version, sizeof exchange->version, "%s", message->version);
    exchange->is_held = owner->barrier != NULL;
    /* Each message travels on its own: a request could overtake this one, and be refused. */
    exchange->is_barrier = strcmp(message->method, "notifications/initialized") == 0;
    if (exchange->is_barrier)
        owner->barrier = exchange;
    return exchange->is_held ? MCP_OK : begin_fetch(exchange, err);
}

static enum mcp_code send_message(struct mcp_link *link, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    struct streamable *owner = streamable_of(link);
    struct mcp_err why = {0};
    if (owner->is_down)
        return MCP_FAIL(err, MCP_E_STATE, "not connected");
    struct exchange *exchange =
        exchange_new(owner, message->request_token != 0 ? POST_REQUEST : POST_NOTICE, &why);
    if (exchange != NULL && take_message(exchange, message, &why) == MCP_OK)
        return MCP_OK;
    if (exchange != NULL && owner->barrier == exchange)
        owner->barrier = NULL;
    if (exchange != NULL)
        retire(exchange);
    return MCP_FAIL(err, why.code, "%s", why.what);
}

static void forget(struct mcp_link *link, uint64_t token) {
    struct streamable *owner = streamable_of(link);
    for (struct exchange *exchange = owner->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->token == token && exchange->purpose == POST_REQUEST) {
            retire(exchange);
            return;
        }
    }
}

static void ready(struct mcp_link *link, const char *version) {
    struct streamable *owner = streamable_of(link);
    (void)snprintf(owner->version, sizeof owner->version, "%s", version);
    owner->is_ready = true;
    if (owner->barrier == NULL)
        open_standalone(owner);
}

static void run_closed(void *user) {
    struct streamable *owner = user;
    owner->base.on_closed(owner->base.closed_user);
}

static enum mcp_code ignore_head(void *user, const struct mcp_fetch *fetch, struct mcp_err *err) {
    (void)user;
    (void)fetch;
    (void)err;
    return MCP_OK;
}

static enum mcp_code ignore_body(void *user, struct mcp_str bytes, struct mcp_err *err) {
    (void)user;
    (void)bytes;
    (void)err;
    return MCP_OK;
}

/* 405 is an answer too: the server ends its sessions by itself. */
static void on_deleted(void *user, const struct mcp_err *err) {
    struct streamable *owner = user;
    if (err->code != MCP_OK)
        MCP_LOG(DEBUG, "dial.streamable", "session not ended: what=%s", err->what);
    mcp_loop_push(owner->loop, &owner->closed);
}

static enum mcp_code delete_session(struct streamable *owner, struct mcp_err *err) {
    const struct mcp_http_extra extra = {.session_id = owner->session_id,
                                         .version = owner->version};
    const struct mcp_fetch_handlers handlers = {ignore_head, ignore_body, on_deleted, owner};
    struct mcp_fetch_request request = {
        .config = &owner->config, .method = "DELETE", .timeout_ms = DELETE_TIMEOUT_MS};
    struct mcp_fetch *fetch = NULL;
    MCP_TRY(mcp_http_headers(owner->target, &extra, &request.headers, err));
    return mcp_fetch_start(owner->loop, &request, &handlers, &fetch, err);
}

static void stop(struct mcp_link *link) {
    struct streamable *owner = streamable_of(link);
    owner->is_stopped = true;
    while (owner->first != NULL)
        retire(owner->first);
    if (owner->session_id[0] == '\0' || owner->is_down || delete_session(owner, NULL) != MCP_OK)
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
    static const struct mcp_link_ops ops = {start, send_message, forget, ready, stop};
    static const struct mcp_dial_link_ops more = {describe, release};
    struct streamable *owner = mcp_alloc(sizeof *owner);
    if (owner == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    owner->base.link.ops = &ops;
    owner->base.more = &more;
    owner->loop = loop;
    owner->target = target;
    owner->config = (struct mcp_fetch_config){.url = target->url,
                                              .ca_file = target->ca_file,
                                              .connect_timeout_ms = target->connect_timeout_ms};
    owner->handlers = (struct mcp_fetch_handlers){on_head, on_body, on_done, NULL};
    owner->closed = (struct mcp_loop_job){.fn = run_closed, .user = owner};
    *out_link = &owner->base;
    return MCP_OK;
}
