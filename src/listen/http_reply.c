/* SPDX-License-Identifier: MIT */
/* http_reply.c - see http_reply.h. */
#include "listen/http_reply.h"

#include <string.h>

#include "listen/http_status.h"
#include "mcp/alloc.h"
#include "mcp/sse_writer.h"

static struct mcp_http_reply *of(struct mcp_outlet *outlet) {
    return (struct mcp_http_reply *)(void *)outlet;
}

static void copy_id(char out[MCP_HTTP_MAX_SESSION_ID + 1], struct mcp_str id) {
    size_t len = id.len <= MCP_HTTP_MAX_SESSION_ID ? id.len : 0;
    if (len > 0)
        memcpy(out, id.ptr, len);
    out[len] = '\0';
}

/* Put it into the ready list. True when the loop must be woken for it. */
static bool make_ready_locked(struct mcp_http_reply *reply) {
    struct mcp_http_hub *hub = reply->hub;
    reply->is_parked = false;
    if (reply->is_ready)
        return false;
    bool was_empty = hub->ready_first == NULL;
    reply->is_ready = true;
    reply->refs++;
    reply->next_ready = NULL;
    if (was_empty)
        hub->ready_first = reply;
    else
        hub->ready_last->next_ready = reply;
    hub->ready_last = reply;
    return was_empty;
}

static bool wake_if_parked_locked(struct mcp_http_reply *reply) {
    return reply->is_parked && make_ready_locked(reply);
}

struct mcp_http_session *mcp_http_reply_session_locked(struct mcp_http_reply *reply,
                                                       bool must_add) {
    if (reply->session_id[0] == '\0')
        return NULL;
    return mcp_http_hub_session_locked(reply->hub, mcp_str_of(reply->session_id), must_add);
}

static void free_reply(struct mcp_http_reply *reply) {
    mcp_stream_queue_deinit(&reply->queue);
    mcp_reply_pool_give(reply->body);
    mcp_blob_unref(reply->principal);
    mcp_http_hub_unref(reply->hub);
    mcp_free(reply);
}

void mcp_http_reply_unref(struct mcp_http_reply *reply) {
    if (reply == NULL)
        return;
    mcp_http_hub_lock(reply->hub);
    bool is_last = --reply->refs == 0;
    mcp_http_hub_unlock(reply->hub);
    if (is_last)
        free_reply(reply);
}

static void begin(struct mcp_outlet *outlet, const struct mcp_opening *opening) {
    struct mcp_http_reply *reply = of(outlet);
    reply->status = mcp_http_status_of_outcome(opening->outcome);
    copy_id(reply->opened_session, opening->session_id);
}

static enum mcp_code fail_gone(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_CANCELLED, "the peer is gone");
}

static enum mcp_code send_body(struct mcp_http_reply *reply, const struct mcp_str *parts,
                               size_t count, struct mcp_err *err) {
    size_t len = 0;
    char *body = mcp_reply_pool_join(&reply->hub->pool, parts, count, reply->outlet.shared, &len);
    if (body == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_http_hub_lock(reply->hub);
    bool is_refused = reply->is_gone || reply->hub->is_closed;
    if (!is_refused) {
        reply->mode = MCP_HTTP_REPLY_BODY;
        reply->body = body;
        reply->body_len = len;
    }
    bool must_wake = !is_refused && wake_if_parked_locked(reply);
    mcp_http_hub_unlock(reply->hub);
    if (must_wake)
        mcp_http_hub_wake(reply->hub);
    if (is_refused) {
        mcp_reply_pool_give(body);
        return fail_gone(err);
    }
    return MCP_OK;
}

/* Give the stream a number and a place in its session's log. 0: it cannot be resumed. */
static uint64_t open_log_locked(struct mcp_http_reply *reply) {
    struct mcp_http_hub *hub = reply->hub;
    struct mcp_http_session *session = mcp_http_reply_session_locked(reply, true);
    if (session == NULL)
        return 0;
    const struct mcp_listen_options *options = &hub->options;
    if (session->log == NULL && mcp_replay_log_new(options->replay_bytes, options->replay_events,
                                                   &session->log, NULL) != MCP_OK)
        return 0;
    uint64_t stream = hub->last_stream + 1;
    if (mcp_replay_log_open(session->log, stream, reply, NULL) != MCP_OK)
        return 0;
    hub->last_stream = stream;
    return stream;
}

/* The revision decides: resumption came with Streamable HTTP and left with the modern wire. */
static const struct mcp_version_info *ask_version(struct mcp_http_reply *reply) {
    enum mcp_version version = MCP_VERSION_NONE;
    if (reply->may_resume &&
        mcp_server_session_version(reply->hub->server, mcp_str_of(reply->session_id), &version,
                                   NULL) != MCP_OK)
        version = MCP_VERSION_NONE;
    return mcp_version_info(version);
}

static struct mcp_blob *new_priming(uint64_t stream) {
    char id[MCP_EVENT_ID_BYTES];
    mcp_event_id_write((struct mcp_event_id){stream, 0}, id);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(256);
    mcp_sse_write_priming(&text, mcp_str_of(id), 0);
    if (mcp_buf_finish(&text, NULL) != MCP_OK)
        return NULL;
    return mcp_blob_new(mcp_buf_view(&text));
}

static void push_opening(struct mcp_http_reply *reply, struct mcp_blob *event) {
    if (event == NULL)
        return;
    mcp_http_hub_lock(reply->hub);
    if (reply->has_reader)
        (void)!mcp_stream_queue_push_kept(&reply->queue, event, NULL);
    mcp_http_hub_unlock(reply->hub);
}

enum mcp_code mcp_http_reply_open_stream(struct mcp_http_reply *reply, struct mcp_str first,
                                         struct mcp_err *err) {
    struct mcp_http_hub *hub = reply->hub;
    const struct mcp_version_info *info = ask_version(reply);
    bool is_resumable = info->has_streamable_http && !info->is_modern;
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *opening = NULL;
    if (first.len > 0 && (opening = mcp_blob_new(first)) == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");

    mcp_http_hub_lock(hub);
    bool has_room = hub->stream_count < hub->options.max_streams;
    bool may_open = has_room && reply->has_reader && !hub->is_closed;
    if (may_open) {
        hub->stream_count++;
        reply->mode = MCP_HTTP_REPLY_STREAM;
        reply->stream = is_resumable ? open_log_locked(reply) : 0;
    }
    mcp_http_hub_unlock(hub);
    if (!has_room)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu event streams are open", hub->options.max_streams);
    if (!may_open)
        return fail_gone(err);

    if (info->has_stream_priming && reply->stream != 0)
        opening = new_priming(reply->stream);
    push_opening(reply, opening);
    return MCP_OK;
}

/* One event as bytes, to be shared by the queue and the log. */
static struct mcp_blob *encode(struct mcp_http_reply *reply, const struct mcp_str *parts,
                               size_t count) {
    char id[MCP_EVENT_ID_BYTES] = "";
    if (reply->stream != 0)
        mcp_event_id_write((struct mcp_event_id){reply->stream, reply->sequence + 1}, id);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SIZE_MAX / 4);
    mcp_sse_write_open(&text, MCP_STR("message"), mcp_str_of(id));
    for (size_t i = 0; i < count; i++)
        mcp_buf_add(&text, parts[i]);
    mcp_sse_write_close(&text);
    if (mcp_buf_finish(&text, NULL) != MCP_OK)
        return NULL;
    return mcp_blob_new(mcp_buf_view(&text));
}

static enum mcp_code queue_event_locked(struct mcp_http_reply *reply, struct mcp_blob *event,
                                        bool *must_wake, struct mcp_err *err) {
    if (reply->is_gone || reply->hub->is_closed)
        return fail_gone(err);
    if (reply->stream != 0) {
        struct mcp_event_id id = {reply->stream, ++reply->sequence};
        mcp_http_hub_keep_locked(reply->hub, mcp_http_reply_session_locked(reply, false), id,
                                 event);
    }
    if (!reply->has_reader || reply->is_cut)
        return reply->stream != 0 ? MCP_OK : fail_gone(err);
    enum mcp_code code = mcp_stream_queue_push(&reply->queue, event, err);
    if (code == MCP_OK) {
        *must_wake = wake_if_parked_locked(reply);
        return MCP_OK;
    }
    reply->is_cut = true;
    *must_wake = make_ready_locked(reply);
    return reply->stream != 0 ? MCP_OK : code;
}

enum mcp_code mcp_http_reply_push(struct mcp_http_reply *reply, const struct mcp_str *parts,
                                  size_t count, struct mcp_err *err) {
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *event = encode(reply, parts, count);
    if (event == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    bool must_wake = false;
    mcp_http_hub_lock(reply->hub);
    enum mcp_code code = queue_event_locked(reply, event, &must_wake, err);
    mcp_http_hub_unlock(reply->hub);
    if (must_wake)
        mcp_http_hub_wake(reply->hub);
    return code;
}

/* An answer to a peer that would rather have a stream, while there may be one more. */
static bool open_preferred(struct mcp_http_reply *reply) {
    return reply->prefers_stream && reply->status == 200 &&
           mcp_http_reply_open_stream(reply, MCP_STR(""), NULL) == MCP_OK;
}

static enum mcp_code send(struct mcp_outlet *outlet, const struct mcp_str *parts, size_t count,
                          bool is_last, struct mcp_err *err) {
    struct mcp_http_reply *reply = of(outlet);
    enum mcp_http_reply_mode mode = reply->mode; /* only who sends changes it */
    if (mode == MCP_HTTP_REPLY_BODY)
        return MCP_FAIL(err, MCP_E_STATE, "something follows the last message");
    if (mode == MCP_HTTP_REPLY_UNDECIDED && is_last && !open_preferred(reply))
        return send_body(reply, parts, count, err);
    if (mode == MCP_HTTP_REPLY_UNDECIDED && !is_last) {
        MCP_TRY(mcp_http_reply_open_stream(reply, MCP_STR(""), err));
        /* the connection learns of the stream together with its first event */
    }
    return mcp_http_reply_push(reply, parts, count, err);
}

void mcp_http_reply_unregister_locked(struct mcp_http_reply *reply) {
    struct mcp_http_session *session = mcp_http_reply_session_locked(reply, false);
    if (session == NULL)
        return;
    if (session->standalone == reply)
        session->standalone = NULL;
    if (session->sse == reply)
        session->sse = NULL;
    if (session->log != NULL && reply->stream != 0)
        mcp_replay_log_close(session->log, reply->stream);
}

static void end(struct mcp_outlet *outlet) {
    struct mcp_http_reply *reply = of(outlet);
    struct mcp_http_hub *hub = reply->hub;
    mcp_http_hub_lock(hub);
    reply->is_ended = true;
    mcp_http_reply_unregister_locked(reply);
    bool must_wake = wake_if_parked_locked(reply);
    mcp_http_hub_settle_locked(hub);
    bool is_last = --reply->refs == 0;
    mcp_http_hub_unlock(hub);
    if (must_wake)
        mcp_http_hub_wake(hub);
    if (is_last)
        free_reply(reply);
}

/* Say when to come back, and let the connection end. Only who sends calls this. */
static void pause_stream(struct mcp_outlet *outlet, uint64_t retry_ms) {
    struct mcp_http_reply *reply = of(outlet);
    char id[MCP_EVENT_ID_BYTES];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(256);
    const struct mcp_version_info *info = ask_version(reply);
    if (!info->has_stream_priming || reply->mode == MCP_HTTP_REPLY_BODY)
        return;
    if (reply->mode == MCP_HTTP_REPLY_UNDECIDED &&
        mcp_http_reply_open_stream(reply, MCP_STR(""), NULL) != MCP_OK)
        return;
    mcp_event_id_write((struct mcp_event_id){reply->stream, reply->sequence}, id);
    mcp_sse_write_priming(&text, mcp_str_of(id), retry_ms);
    struct mcp_blob *event =
        mcp_buf_finish(&text, NULL) == MCP_OK ? mcp_blob_new(mcp_buf_view(&text)) : NULL;
    mcp_http_hub_lock(reply->hub);
    reply->is_paused = event != NULL && reply->stream != 0 && reply->has_reader &&
                       mcp_stream_queue_push_kept(&reply->queue, event, NULL) == MCP_OK;
    bool must_wake = reply->is_paused && wake_if_parked_locked(reply);
    mcp_http_hub_unlock(reply->hub);
    mcp_blob_unref(event);
    if (must_wake)
        mcp_http_hub_wake(reply->hub);
}

static const struct mcp_outlet_ops ops = {begin, send, end, pause_stream};

enum mcp_code mcp_http_reply_new(struct mcp_http_hub *hub, enum mcp_http_reply_kind kind,
                                 struct mcp_http_reply **out_reply, struct mcp_err *err) {
    struct mcp_http_reply *reply = mcp_alloc(sizeof *reply);
    if (reply == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    reply->outlet.ops = &ops;
    reply->hub = mcp_http_hub_ref(hub);
    reply->kind = kind;
    reply->refs = 1;
    reply->has_reader = true;
    mcp_stream_queue_init(&reply->queue, hub->options.stream_queue_bytes,
                          hub->options.stream_queue_events);
    *out_reply = reply;
    return MCP_OK;
}

void mcp_http_reply_lend(struct mcp_http_reply *reply) {
    mcp_http_hub_lock(reply->hub);
    reply->refs++;
    reply->hub->outstanding++;
    mcp_http_hub_unlock(reply->hub);
}

void mcp_http_reply_take_back(struct mcp_http_reply *reply) {
    mcp_http_hub_lock(reply->hub);
    reply->refs--; /* the connection's is left */
    reply->is_ended = true;
    mcp_http_reply_unregister_locked(reply);
    mcp_http_hub_settle_locked(reply->hub);
    mcp_http_hub_unlock(reply->hub);
}

enum mcp_http_next mcp_http_reply_next(struct mcp_http_reply *reply,
                                       struct mcp_http_answer *out_answer) {
    enum mcp_http_next next = MCP_HTTP_DROP;
    mcp_http_hub_lock(reply->hub);
    bool is_dropped = reply->is_gone || reply->is_cut;
    bool is_answered = reply->mode == MCP_HTTP_REPLY_BODY || reply->is_ended;
    if (!is_dropped && reply->mode == MCP_HTTP_REPLY_STREAM) {
        next = MCP_HTTP_STREAM;
    } else if (!is_dropped && is_answered) {
        *out_answer = (struct mcp_http_answer){reply->status, reply->body, reply->body_len};
        if (out_answer->status == 0)
            out_answer->status = reply->body != NULL ? 200 : 202;
        reply->body = NULL;
        next = MCP_HTTP_ANSWER;
    } else if (!is_dropped && !reply->hub->is_closed) {
        next = MCP_HTTP_WAIT;
        reply->is_parked = true;
    }
    mcp_http_hub_unlock(reply->hub);
    return next;
}

size_t mcp_http_reply_read(struct mcp_http_reply *reply, char *out, size_t max,
                           enum mcp_http_next *out_next) {
    mcp_http_hub_lock(reply->hub);
    size_t len = reply->is_cut ? 0 : mcp_stream_queue_read(&reply->queue, out, max);
    if (len > 0)
        *out_next = MCP_HTTP_STREAM;
    else if (reply->is_cut || reply->is_gone)
        *out_next = MCP_HTTP_DROP;
    else if (reply->is_ended || reply->is_paused || reply->hub->is_closed)
        *out_next = MCP_HTTP_ANSWER;
    else
        *out_next = MCP_HTTP_WAIT;
    reply->is_parked = *out_next == MCP_HTTP_WAIT;
    mcp_http_hub_unlock(reply->hub);
    return len;
}

bool mcp_http_reply_is_cut(struct mcp_http_reply *reply) {
    mcp_http_hub_lock(reply->hub);
    bool is_cut = reply->is_cut;
    mcp_http_hub_unlock(reply->hub);
    return is_cut;
}

void mcp_http_reply_retire(struct mcp_http_reply *reply) {
    mcp_http_hub_lock(reply->hub);
    reply->is_paused = true;
    bool must_wake = wake_if_parked_locked(reply);
    mcp_http_hub_unlock(reply->hub);
    if (must_wake)
        mcp_http_hub_wake(reply->hub);
}

void mcp_http_reply_ping(struct mcp_http_reply *reply) {
    mcp_http_hub_lock(reply->hub);
    bool is_idle = reply->mode == MCP_HTTP_REPLY_STREAM && reply->is_parked;
    bool must_wake = is_idle &&
                     mcp_stream_queue_push_kept(&reply->queue, reply->hub->ping, NULL) == MCP_OK &&
                     make_ready_locked(reply);
    mcp_http_hub_unlock(reply->hub);
    if (must_wake)
        mcp_http_hub_wake(reply->hub);
}

struct mcp_http_reply *mcp_http_reply_take_ready(struct mcp_http_hub *hub) {
    mcp_http_hub_lock(hub);
    struct mcp_http_reply *reply = hub->ready_first;
    if (reply != NULL) {
        reply->is_ready = false;
        hub->ready_first = reply->next_ready;
    }
    mcp_http_hub_unlock(hub);
    return reply;
}
