/* SPDX-License-Identifier: MIT */
/* link_sse.c - see dial_link.h. Effect: HTTP+SSE of 2024-11-05. */
#include <string.h>

#include "client/peer_text.h"
#include "dial/authorized.h"
#include "dial/dial_link.h"
#include "dial/http_error.h"
#include "dial/http_headers.h"
#include "dial/http_reader.h"
#include "mcp/alloc.h"
#include "mcp/log.h"
#include "mcp/uri.h"

enum {
    MAX_POSTS = 2048,       /* under way, or waiting for the endpoint */
    POST_TIMEOUT_MS = 30000 /* until it is accepted; the answer comes on the stream */
};

struct sse_link;

struct post {
    struct post *prev;
    struct post *next;
    struct sse_link *owner;
    uint64_t token;
    bool is_barrier; /* messages after it wait until it was accepted */
    bool is_answer;  /* to the server */
    bool is_once;    /* a tool runs: not to be sent twice */
    bool is_waiting; /* for the endpoint or the barrier */
    bool is_retired;
    char *body;
    size_t body_len;
    struct mcp_fetch *fetch;
    struct mcp_authorized authorized;
    struct mcp_http_reader reader;
    struct mcp_loop_job job;
};

struct sse_link {
    struct mcp_dial_link base; /* first */
    struct mcp_loop *loop;
    const struct mcp_target *target;
    struct mcp_fetch_config config;
    const struct mcp_link_events *events;
    struct mcp_fetch *stream;
    struct mcp_authorized authorized; /* the stream */
    struct mcp_http_reader reader;
    char *endpoint; /* NULL until the server named it */
    struct post *first;
    struct post *last;
    size_t count;
    size_t answer_count; /* of them */
    struct post *barrier;
    bool is_down;
    bool is_stopped;
    struct mcp_fetch_handlers post_handlers;
    struct mcp_loop_job closed;
};

static struct sse_link *sse_of(struct mcp_link *link) {
    return (struct sse_link *)link;
}

static void at_origin(const struct sse_link *owner, struct mcp_err *err) {
    char origin[MCP_HTTP_ORIGIN_BYTES];
    mcp_http_origin(mcp_str_of(owner->target->url), origin);
    (void)mcp_err_at(err, err->code, "%s", origin);
}

static void go_down(struct sse_link *owner, const struct mcp_err *err) {
    if (owner->is_down || owner->is_stopped)
        return;
    owner->is_down = true;
    owner->events->on_down(owner->events->user, err);
}

/* --- posts ------------------------------------------------------------------------------------ */

static void release_post(void *user) {
    struct post *post = user;
    mcp_http_reader_deinit(&post->reader);
    mcp_free(post->body);
    mcp_free(post);
}

/* The memory stays until the loop's next round: this may be one of its own callbacks. */
static void retire(struct post *post) {
    struct sse_link *owner = post->owner;
    post->is_retired = true;
    *(post->prev != NULL ? &post->prev->next : &owner->first) = post->next;
    *(post->next != NULL ? &post->next->prev : &owner->last) = post->prev;
    owner->count--;
    owner->answer_count -= post->is_answer;
    mcp_authorized_deinit(owner->target->authorizer, &post->authorized);
    mcp_fetch_cancel(post->fetch);
    post->fetch = NULL;
    mcp_loop_push(owner->loop, &post->job);
}

static enum mcp_code begin_fetch(struct post *post, struct mcp_err *err) {
    struct sse_link *owner = post->owner;
    post->is_waiting = false;
    if (mcp_authorized_holds(owner->target->authorizer, &post->authorized))
        return MCP_OK;
    const struct mcp_http_extra extra = {
        .has_body = true,
        .accept = "application/json, text/event-stream",
        .token = mcp_authorized_token(owner->target->authorizer, &post->authorized),
    };
    struct mcp_fetch_request request = {
        .config = &owner->config,
        .url = owner->endpoint,
        .method = "POST",
        .body = {post->body, post->body_len},
        .timeout_ms = POST_TIMEOUT_MS,
        .is_once = post->is_once,
    };
    MCP_TRY(mcp_http_headers(owner->target, &extra, &request.headers, err));
    struct mcp_fetch_handlers handlers = owner->post_handlers;
    handlers.user = post;
    return mcp_fetch_start(owner->loop, &request, &handlers, &post->fetch, err);
}

/* Begin what waits, in order, up to the next barrier. */
static void begin_waiting(struct sse_link *owner) {
    for (struct post *post = owner->first; post != NULL;) {
        struct post *next = post->next;
        struct mcp_err err = {0};
        bool is_barrier = post->is_barrier;
        if (post->is_waiting && begin_fetch(post, &err) != MCP_OK)
            owner->post_handlers.on_done(post, &err);
        if (is_barrier)
            return;
        post = post->is_retired ? owner->first : next;
    }
}

static enum mcp_code on_post_head(void *user, const struct mcp_fetch *fetch, struct mcp_err *err) {
    struct post *post = user;
    (void)err;
    mcp_http_reader_head(&post->reader, fetch);
    mcp_authorized_head(post->owner->target->authorizer, &post->authorized, fetch);
    return MCP_OK;
}

/* Only what explains a refusal is of interest. */
static enum mcp_code on_post_body(void *user, struct mcp_str bytes, struct mcp_err *err) {
    struct post *post = user;
    if (post->reader.status < 300)
        return MCP_OK;
    return mcp_http_reader_body(&post->reader, bytes, err);
}

static void on_post_done(void *user, const struct mcp_err *cause) {
    struct post *post = user;
    struct sse_link *owner = post->owner;
    struct mcp_err err = *cause;
    post->fetch = NULL;
    if (err.code == MCP_OK && mcp_authorized_is_refused(owner->target->authorizer,
                                                        &post->authorized, post->reader.status))
        return;
    if (err.code == MCP_OK && post->reader.status >= 300) {
        (void)mcp_http_status_failure(post->reader.status, mcp_buf_view(&post->reader.text), &err);
        at_origin(owner, &err);
    }
    if (err.code != MCP_OK && post->token != 0)
        owner->events->on_failed(owner->events->user, post->token, &err);
    else if (err.code != MCP_OK)
        MCP_LOG(WARN, "dial.sse", "message not delivered: where=%s what=%s", err.where, err.what);
    if (post->is_retired)
        return;
    bool was_barrier = owner->barrier == post;
    retire(post);
    if (was_barrier) {
        owner->barrier = NULL;
        begin_waiting(owner);
    }
}

/* It was refused, or had to wait, and there is another token now. */
static void on_post_authorized(void *user, const struct mcp_err *cause) {
    struct post *post = user;
    struct mcp_err err = *cause;
    mcp_http_reader_reset(&post->reader);
    if (err.code != MCP_OK || begin_fetch(post, &err) != MCP_OK)
        on_post_done(post, &err);
}

/* --- the stream ------------------------------------------------------------------------------- */

static enum mcp_code resolve(const struct sse_link *owner, struct mcp_str reference,
                             struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_uri ours;
    struct mcp_uri theirs;
    MCP_TRY(mcp_uri_resolve(mcp_str_of(owner->target->url), reference, out, err));
    MCP_TRY(mcp_uri_parse(mcp_str_of(owner->target->url), &ours, err));
    MCP_TRY(mcp_uri_parse(mcp_buf_view(out), &theirs, err));
    if (theirs.has_userinfo)
        return MCP_FAIL(err, MCP_E_DENIED, "it has a user name in it");
    if (!mcp_uri_same_origin(&ours, &theirs))
        return MCP_FAIL(err, MCP_E_DENIED, "it is of another origin");
    return MCP_OK;
}

/* Checked before it is kept: a foreign endpoint would be sent every message and the token. */
static enum mcp_code take_endpoint(struct sse_link *owner, struct mcp_str reference,
                                   struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf url = MCP_BUF_INIT(MCP_URI_MAX_BYTES);
    struct mcp_err why = {0};
    enum mcp_code code = resolve(owner, reference, &url, &why);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "%s", why.what);
    if (code != MCP_OK)
        return MCP_FAIL(err, MCP_E_DENIED, "the server names \"%.100s\" as its endpoint: %s",
                        mcp_peer_text(reference).text, why.what);
    owner->endpoint = mcp_buf_take(&url, NULL);
    begin_waiting(owner);
    return MCP_OK;
}

static enum mcp_code on_event(const struct mcp_sse_event *event, void *user, struct mcp_err *err) {
    struct sse_link *owner = user;
    if (mcp_str_equal(event->type, MCP_STR("endpoint"))) {
        if (owner->endpoint == NULL)
            MCP_TRY(take_endpoint(owner, event->data, err));
        else
            MCP_LOG(WARN, "dial.sse", "another endpoint event is ignored");
    } else if (mcp_str_equal(event->type, MCP_STR("message"))) {
        owner->events->on_message(owner->events->user, event->data);
    }
    return owner->is_stopped ? MCP_FAIL(err, MCP_E_CANCELLED, "nobody reads any more") : MCP_OK;
}

static enum mcp_code on_stream_head(void *user, const struct mcp_fetch *fetch,
                                    struct mcp_err *err) {
    struct sse_link *owner = user;
    (void)err;
    mcp_http_reader_head(&owner->reader, fetch);
    mcp_authorized_head(owner->target->authorizer, &owner->authorized, fetch);
    return MCP_OK;
}

static void explain_no_stream(const struct sse_link *owner, struct mcp_err *err) {
    if (owner->reader.status >= 300)
        (void)mcp_http_status_failure(owner->reader.status, mcp_buf_view(&owner->reader.text), err);
    else if (owner->reader.kind != MCP_READER_EVENTS)
        (void)MCP_FAIL(err, MCP_E_PEER, "not an event stream but \"%s\"",
                       mcp_peer_text(mcp_str_of(owner->reader.media_type)).text);
    else
        (void)MCP_FAIL(err, MCP_E_PEER, "the server closed the event stream");
}

static enum mcp_code on_stream_body(void *user, struct mcp_str bytes, struct mcp_err *err) {
    struct sse_link *owner = user;
    MCP_TRY(mcp_http_reader_body(&owner->reader, bytes, err));
    if (!mcp_http_reader_has_enough(&owner->reader))
        return MCP_OK;
    struct mcp_err why = {0};
    explain_no_stream(owner, &why);
    return MCP_FAIL(err, why.code, "%s", why.what);
}

/* The session ends with its stream. */
static void on_stream_done(void *user, const struct mcp_err *cause) {
    struct sse_link *owner = user;
    struct mcp_err err = *cause;
    owner->stream = NULL;
    if (err.code == MCP_OK && mcp_authorized_is_refused(owner->target->authorizer,
                                                        &owner->authorized, owner->reader.status))
        return;
    if (err.code == MCP_OK) {
        explain_no_stream(owner, &err);
        at_origin(owner, &err);
    }
    go_down(owner, &err);
}

/* --- the link --------------------------------------------------------------------------------- */

static enum mcp_code open_stream(struct sse_link *owner, struct mcp_err *err) {
    if (mcp_authorized_holds(owner->target->authorizer, &owner->authorized))
        return MCP_OK;
    const struct mcp_http_extra extra = {
        .accept = "text/event-stream",
        .token = mcp_authorized_token(owner->target->authorizer, &owner->authorized),
    };
    const struct mcp_fetch_handlers handlers = {on_stream_head, on_stream_body, on_stream_done,
                                                owner};
    struct mcp_fetch_request request = {.config = &owner->config, .method = "GET"};
    MCP_TRY(mcp_http_headers(owner->target, &extra, &request.headers, err));
    return mcp_fetch_start(owner->loop, &request, &handlers, &owner->stream, err);
}

static void on_stream_authorized(void *user, const struct mcp_err *cause) {
    struct sse_link *owner = user;
    struct mcp_err err = *cause;
    mcp_http_reader_reset(&owner->reader);
    if (err.code != MCP_OK || open_stream(owner, &err) != MCP_OK)
        on_stream_done(owner, &err);
}

static enum mcp_code start(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err) {
    struct sse_link *owner = sse_of(link);
    owner->events = events;
    owner->authorized.wait =
        (struct mcp_authorizer_wait){.fn = on_stream_authorized, .user = owner};
    return open_stream(owner, err);
}

/* NULL with LIMIT or NOMEM in err. */
static struct post *post_new(struct sse_link *owner, const struct mcp_link_message *message,
                             struct mcp_err *err) {
    if (owner->count == MAX_POSTS) {
        (void)MCP_FAIL(err, MCP_E_LIMIT, "%d messages are on their way to the server already",
                       MAX_POSTS);
        return NULL;
    }
    if (message->method[0] == '\0' && owner->answer_count == MCP_DIAL_MAX_ANSWERS) {
        (void)MCP_FAIL(err, MCP_E_LIMIT, "%d answers are on their way to the server already",
                       MCP_DIAL_MAX_ANSWERS);
        return NULL;
    }
    MCP_AUTO(mcp_freep) char *body = mcp_strndup(message->body.ptr, message->body.len);
    struct post *post = body != NULL ? mcp_alloc(sizeof *post) : NULL;
    if (post == NULL) {
        (void)MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a message");
        return NULL;
    }
    post->owner = owner;
    post->token = message->request_token;
    post->body = MCP_TAKE(body);
    post->body_len = message->body.len;
    post->is_answer = message->method[0] == '\0';
    post->is_once = strcmp(message->method, "tools/call") == 0;
    post->is_barrier = strcmp(message->method, "notifications/initialized") == 0;
    post->authorized.wait = (struct mcp_authorizer_wait){.fn = on_post_authorized, .user = post};
    post->job = (struct mcp_loop_job){.fn = release_post, .user = post};
    mcp_http_reader_init(&post->reader, MCP_READER_MAX_ERROR_BYTES, on_event, owner);
    post->prev = owner->last;
    *(owner->last != NULL ? &owner->last->next : &owner->first) = post;
    owner->last = post;
    owner->count++;
    owner->answer_count += post->is_answer;
    return post;
}

static enum mcp_code send_message(struct mcp_link *link, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    struct sse_link *owner = sse_of(link);
    struct mcp_err why = {0};
    if (owner->is_down)
        return MCP_FAIL(err, MCP_E_STATE, "not connected");
    struct post *post = post_new(owner, message, &why);
    if (post == NULL)
        return MCP_FAIL(err, why.code, "%s", why.what);
    post->is_waiting = owner->endpoint == NULL || owner->barrier != NULL;
    if (post->is_barrier)
        owner->barrier = post;
    if (post->is_waiting || begin_fetch(post, &why) == MCP_OK)
        return MCP_OK;
    owner->barrier = post->is_barrier ? NULL : owner->barrier;
    retire(post);
    return MCP_FAIL(err, why.code, "%s", why.what);
}

static void forget(struct mcp_link *link, uint64_t token) {
    const struct sse_link *owner = sse_of(link);
    for (struct post *post = owner->first; post != NULL; post = post->next) {
        if (post->token == token && token != 0) {
            retire(post);
            return;
        }
    }
}

static void ready(struct mcp_link *link, const char *version) {
    (void)link;
    (void)version;
}

static void run_closed(void *user) {
    struct sse_link *owner = user;
    owner->base.on_closed(owner->base.closed_user);
}

static void stop(struct mcp_link *link) {
    struct sse_link *owner = sse_of(link);
    owner->is_stopped = true;
    mcp_authorized_deinit(owner->target->authorizer, &owner->authorized);
    mcp_fetch_cancel(owner->stream);
    owner->stream = NULL;
    while (owner->first != NULL)
        retire(owner->first);
    mcp_loop_push(owner->loop, &owner->closed);
}

static void describe(const struct mcp_dial_link *link, struct mcp_dial_state *out_state) {
    (void)link;
    out_state->transport = MCP_DIAL_SSE;
}

static void release(struct mcp_dial_link *link) {
    struct sse_link *owner = (struct sse_link *)link;
    mcp_http_reader_deinit(&owner->reader);
    mcp_free(owner->endpoint);
    mcp_free(owner);
}

enum mcp_code mcp_link_sse_new(struct mcp_loop *loop, const struct mcp_target *target,
                               struct mcp_dial_link **out_link, struct mcp_err *err) {
    static const struct mcp_link_ops ops = {start, send_message, forget, ready, stop, NULL};
    static const struct mcp_dial_link_ops more = {describe, release};
    struct sse_link *owner = mcp_alloc(sizeof *owner);
    if (owner == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    owner->base.link.ops = &ops;
    owner->base.more = &more;
    owner->loop = loop;
    owner->target = target;
    owner->config = (struct mcp_fetch_config){.url = target->url,
                                              .ca_file = target->ca_file,
                                              .connect_timeout_ms = target->connect_timeout_ms};
    owner->post_handlers =
        (struct mcp_fetch_handlers){on_post_head, on_post_body, on_post_done, NULL};
    owner->closed = (struct mcp_loop_job){.fn = run_closed, .user = owner};
    mcp_http_reader_init(&owner->reader, target->max_message_bytes, on_event, owner);
    *out_link = &owner->base;
    return MCP_OK;
}
