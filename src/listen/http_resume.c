/* SPDX-License-Identifier: MIT */
/* http_resume.c - see http_resume.h. */
#include "listen/http_resume.h"

/* The server may be inside a send to it meanwhile; it is told last, and outside the lock. */
static void tell_gone(struct mcp_http_reply *reply) {
    mcp_server_outlet_gone(reply->hub->server, &reply->outlet);
}

bool mcp_http_resume_detach(struct mcp_http_reply *reply) {
    struct mcp_http_hub *hub = reply->hub;
    mcp_http_hub_lock(hub);
    bool was_stream = reply->mode == MCP_HTTP_REPLY_STREAM;
    bool is_told = !hub->is_closed;
    bool goes_on = !reply->is_ended && reply->stream != 0 && is_told;
    if (was_stream && reply->has_reader)
        hub->stream_count--;
    reply->has_reader = false;
    reply->is_parked = false;
    reply->is_paused = false;
    reply->is_cut = false;
    mcp_stream_queue_clear(&reply->queue);
    bool is_lost = !reply->is_ended && !goes_on && reply->mode != MCP_HTTP_REPLY_BODY;
    if (is_lost)
        reply->is_gone = true;
    if (reply->kind == MCP_HTTP_REPLY_SSE)
        mcp_http_reply_unregister_locked(reply);
    mcp_http_hub_unlock(hub);

    if (is_lost && is_told)
        tell_gone(reply);
    if (reply->kind == MCP_HTTP_REPLY_SSE && is_told) {
        (void)!mcp_server_end_session(hub->server, mcp_str_of(reply->session_id),
                                      mcp_blob_view(reply->principal), NULL);
        mcp_http_hub_forget(hub, mcp_str_of(reply->session_id));
    }
    return goes_on && reply->kind == MCP_HTTP_REPLY_STANDALONE;
}

void mcp_http_resume_discard(struct mcp_http_reply *reply) {
    mcp_http_hub_lock(reply->hub);
    reply->is_ended = true;
    mcp_http_reply_unregister_locked(reply);
    mcp_http_hub_unlock(reply->hub);
    (void)mcp_http_resume_detach(reply);
    mcp_http_reply_unref(reply);
}

void mcp_http_resume_abandon(struct mcp_http_reply *reply) {
    mcp_http_hub_lock(reply->hub);
    bool is_lost = !reply->has_reader && !reply->is_ended && !reply->hub->is_closed;
    if (is_lost)
        reply->is_gone = true;
    mcp_http_hub_unlock(reply->hub);
    if (is_lost)
        tell_gone(reply);
}

bool mcp_http_resume_is_settled(struct mcp_http_reply *reply) {
    mcp_http_hub_lock(reply->hub);
    bool is_settled = reply->has_reader || reply->is_ended;
    mcp_http_hub_unlock(reply->hub);
    return is_settled;
}

enum mcp_code mcp_http_resume_register(struct mcp_http_reply *reply, struct mcp_err *err) {
    mcp_http_hub_lock(reply->hub);
    bool is_sse = reply->kind == MCP_HTTP_REPLY_SSE;
    struct mcp_http_session *session = mcp_http_reply_session_locked(reply, is_sse);
    if (session != NULL && reply->kind == MCP_HTTP_REPLY_SSE)
        session->sse = reply;
    else if (session != NULL && !reply->is_ended)
        session->standalone = reply;
    mcp_http_hub_unlock(reply->hub);
    return session != NULL || !is_sse ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

struct mcp_http_reply *mcp_http_resume_find_detached(struct mcp_http_hub *hub, struct mcp_str id) {
    mcp_http_hub_lock(hub);
    const struct mcp_http_session *session = mcp_http_hub_session_locked(hub, id, false);
    struct mcp_http_reply *reply = session != NULL ? session->standalone : NULL;
    if (reply != NULL && reply->has_reader)
        reply = NULL;
    if (reply != NULL)
        reply->refs++;
    mcp_http_hub_unlock(hub);
    return reply;
}

struct mcp_http_reply *mcp_http_resume_find_sse(struct mcp_http_hub *hub, struct mcp_str id) {
    mcp_http_hub_lock(hub);
    const struct mcp_http_session *session = mcp_http_hub_session_locked(hub, id, false);
    struct mcp_http_reply *reply = session != NULL ? session->sse : NULL;
    if (reply != NULL)
        reply->refs++;
    mcp_http_hub_unlock(hub);
    return reply;
}

/* Fill the queue and take the reader's seat. */
static enum mcp_code seat_locked(struct mcp_http_reply *reply, const struct mcp_replay_log *log,
                                 struct mcp_event_id last, struct mcp_err *err) {
    struct mcp_http_hub *hub = reply->hub;
    if (hub->stream_count >= hub->options.max_streams)
        return MCP_FAIL(err, MCP_E_STATE, "%zu event streams are open", hub->options.max_streams);
    mcp_stream_queue_clear(&reply->queue);
    MCP_TRY(mcp_replay_log_copy(log, last, &reply->queue, err));
    hub->stream_count++;
    reply->has_reader = true;
    return MCP_OK;
}

static enum mcp_code resume_locked(struct mcp_http_hub *hub, struct mcp_str session_id,
                                   struct mcp_event_id last, struct mcp_http_reply *spare,
                                   struct mcp_http_reply **out_reply, struct mcp_err *err) {
    const struct mcp_http_session *session = mcp_http_hub_session_locked(hub, session_id, false);
    if (session == NULL || session->log == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "this session has sent no such event");
    struct mcp_http_reply *owner = mcp_replay_log_owner(session->log, last.stream);
    if (owner != NULL && owner->has_reader)
        return MCP_FAIL(err, MCP_E_EXISTS, "that stream is being read by another connection");
    struct mcp_http_reply *reply = owner != NULL ? owner : spare;
    MCP_TRY(seat_locked(reply, session->log, last, err));
    reply->refs++;
    *out_reply = reply;
    return MCP_OK;
}

enum mcp_code mcp_http_resume_continue(struct mcp_http_hub *hub, struct mcp_str session_id,
                                       struct mcp_event_id last, struct mcp_http_reply **out_reply,
                                       struct mcp_err *err) {
    struct mcp_http_reply *spare = NULL; /* for a stream whose producer is gone */
    MCP_TRY(mcp_http_reply_new(hub, MCP_HTTP_REPLY_REPLAY, &spare, err));
    spare->is_ended = true;
    spare->mode =
        MCP_HTTP_REPLY_STREAM; /* a producer's own is one already, and only it writes it */
    spare->has_reader = false;
    mcp_http_hub_lock(hub);
    enum mcp_code code = resume_locked(hub, session_id, last, spare, out_reply, err);
    mcp_http_hub_unlock(hub);
    mcp_http_reply_unref(spare);
    return code;
}
