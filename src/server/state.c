/* SPDX-License-Identifier: MIT */
/* state.c - see state.h. */
#include "server/state.h"

#include <stdatomic.h>
#include <string.h>

#include "base/random.h"
#include "mcp/alloc.h"

struct mcp_state {
    pthread_mutex_t lock; /* guards: sessions, inflight, subscriptions, waits */
    struct mcp_sessions sessions;
    struct mcp_inflight inflight;
    struct mcp_subscriptions subscriptions;
    struct mcp_waits waits;
    size_t stream_count;
    atomic_bool is_stopping; /* written under the lock */
};

static void lock(struct mcp_state *state) {
    (void)pthread_mutex_lock(&state->lock);
}

static void unlock(struct mcp_state *state) {
    (void)pthread_mutex_unlock(&state->lock);
}

static void free_statep(struct mcp_state **state) {
    mcp_state_free(*state);
}

enum mcp_code mcp_state_new(const struct mcp_state_limits *limits, struct mcp_state **out_state,
                            struct mcp_err *err) {
    uint64_t seeds[2] = {0};
    MCP_TRY(mcp_random_fill(seeds, sizeof seeds, err));
    struct mcp_state *state MCP_AUTO(free_statep) = mcp_alloc(sizeof *state);
    if (state == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    (void)pthread_mutex_init(&state->lock, NULL);
    atomic_init(&state->is_stopping, false);
    mcp_waits_init(&state->waits);
    mcp_inflight_init(&state->inflight, limits->max_inflight, limits->max_inflight_per_session);
    state->sessions.max = limits->max_sessions;
    state->sessions.idle_ms = limits->session_idle_ms;
    state->sessions.age_ms = limits->session_age_ms;
    MCP_TRY(mcp_sessions_init(&state->sessions, seeds[0], err));
    MCP_TRY(
        mcp_subscriptions_init(&state->subscriptions, seeds[1], limits->max_subscriptions, err));
    *out_state = MCP_TAKE(state);
    return MCP_OK;
}

void mcp_state_free(struct mcp_state *state) {
    if (state == NULL)
        return;
    size_t at = 0;
    bool has_sessions = state->sessions.by_id != NULL && state->subscriptions.by_uri != NULL;
    struct mcp_session *session = has_sessions ? mcp_sessions_next(&state->sessions, &at) : NULL;
    for (; session != NULL; session = mcp_sessions_next(&state->sessions, &at))
        mcp_subscriptions_leave(&state->subscriptions, &session->subscriber);
    mcp_subscriptions_deinit(&state->subscriptions);
    mcp_sessions_deinit(&state->sessions);
    (void)pthread_mutex_destroy(&state->lock);
    mcp_free(state);
}

/* --- sessions --- */

static enum mcp_code not_found(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "no such session");
}

static enum mcp_code refuse_stopping(const struct mcp_state *state, struct mcp_err *err) {
    if (mcp_state_is_stopping(state))
        return MCP_FAIL(err, MCP_E_STATE, "the server is stopping");
    return MCP_OK;
}

/* Everything about the session that others hold is handed over; then it is freed. Locked. */
static void drop(struct mcp_state *state, struct mcp_session *session,
                 struct mcp_leftover *leftover) {
    mcp_list_init(&leftover->cancelled);
    struct mcp_inflight_entry *entry = mcp_inflight_scope_next(&session->calls, NULL);
    for (; entry != NULL; entry = mcp_inflight_scope_next(&session->calls, entry))
        mcp_inflight_cancel(entry, MCP_CANCELLED_BY_PEER, &leftover->cancelled);
    mcp_inflight_scope_drop(&session->calls);
    mcp_subscriptions_leave(&state->subscriptions, &session->subscriber);
    leftover->stream = MCP_TAKE(session->subscriber.stream);
    if (leftover->stream != NULL)
        state->stream_count--;
    mcp_sessions_close(&state->sessions, session);
}

static enum mcp_code open_locked(struct mcp_state *state, const struct mcp_session_key *key,
                                 bool never_idle, uint64_t now_ms, struct mcp_err *err) {
    struct mcp_session *session = NULL;
    MCP_TRY(refuse_stopping(state, err));
    MCP_TRY(mcp_sessions_open(&state->sessions, key, now_ms, &session, err));
    session->never_idle = never_idle;
    session->subscriber.is_muted = true;
    mcp_subscriptions_join(&state->subscriptions, &session->subscriber, 0);
    return MCP_OK;
}

enum mcp_code mcp_state_open(struct mcp_state *state, const struct mcp_session_wish *wish,
                             uint64_t now_ms, char out_id[33], struct mcp_err *err) {
    char id[33];
    MCP_TRY(mcp_random_id(id, err));
    const struct mcp_session_key key = {mcp_str_of(id), wish->principal, wish->carrier};
    lock(state);
    enum mcp_code code = open_locked(state, &key, wish->never_idle, now_ms, err);
    unlock(state);
    if (code == MCP_OK)
        memcpy(out_id, id, sizeof id);
    return code;
}

enum mcp_code mcp_state_check(struct mcp_state *state, const struct mcp_session_key *key,
                              uint64_t now_ms, struct mcp_err *err) {
    lock(state);
    bool is_there = mcp_sessions_find(&state->sessions, key, now_ms) != NULL;
    unlock(state);
    return is_there ? MCP_OK : not_found(err);
}

enum mcp_code mcp_state_version(struct mcp_state *state, struct mcp_str id,
                                enum mcp_version *out_version, struct mcp_err *err) {
    lock(state);
    const struct mcp_session *session = mcp_sessions_get(&state->sessions, id);
    bool is_there = session != NULL;
    enum mcp_version version =
        is_there && session->peer != NULL ? session->peer->peer.version : MCP_VERSION_NONE;
    unlock(state);
    if (!is_there)
        return not_found(err);
    *out_version = version;
    return MCP_OK;
}

enum mcp_code mcp_state_greet(struct mcp_state *state, struct mcp_str id, struct mcp_peer_box *peer,
                              struct mcp_err *err) {
    lock(state);
    struct mcp_session *session = mcp_sessions_get(&state->sessions, id);
    enum mcp_code code = MCP_OK;
    if (session == NULL)
        code = not_found(err);
    else if (session->phase != MCP_SESSION_NEW)
        code = MCP_FAIL(err, MCP_E_STATE, "the session is initialized already");
    else {
        session->phase = MCP_SESSION_GREETED;
        session->peer = mcp_peer_ref(peer);
    }
    unlock(state);
    return code;
}

void mcp_state_ready(struct mcp_state *state, struct mcp_str id, unsigned topics) {
    lock(state);
    struct mcp_session *session = mcp_sessions_get(&state->sessions, id);
    if (session != NULL && session->phase == MCP_SESSION_GREETED) {
        session->phase = MCP_SESSION_READY;
        session->subscriber.topics = topics;
        session->subscriber.is_muted = false;
    }
    unlock(state);
}

bool mcp_state_close(struct mcp_state *state, const struct mcp_session_key *key,
                     struct mcp_leftover *leftover) {
    lock(state);
    struct mcp_session *session = mcp_sessions_find(&state->sessions, key, 0);
    if (session != NULL)
        drop(state, session, leftover);
    unlock(state);
    return session != NULL;
}

bool mcp_state_expire(struct mcp_state *state, uint64_t now_ms, struct mcp_leftover *leftover) {
    size_t at = 0;
    lock(state);
    struct mcp_session *session = mcp_sessions_next_expired(&state->sessions, &at, now_ms);
    if (session != NULL)
        drop(state, session, leftover);
    unlock(state);
    return session != NULL;
}

/* --- standalone streams --- */

static enum mcp_code set_stream(struct mcp_session *session, struct mcp_stream *stream,
                                struct mcp_err *err) {
    if (session->subscriber.stream != NULL)
        return MCP_FAIL(err, MCP_E_EXISTS, "the session has a stream already");
    session->subscriber.stream = stream;
    return MCP_OK;
}

enum mcp_code mcp_state_attach(struct mcp_state *state, const struct mcp_session_key *key,
                               struct mcp_stream *stream, struct mcp_err *err) {
    lock(state);
    struct mcp_session *session = mcp_sessions_find(&state->sessions, key, 0);
    enum mcp_code code = refuse_stopping(state, err);
    if (code == MCP_OK)
        code = session != NULL ? set_stream(session, stream, err) : not_found(err);
    state->stream_count += code == MCP_OK;
    unlock(state);
    return code;
}

/* --- requests --- */

static void take_seat(const struct mcp_session *session, struct mcp_seat *out_seat) {
    out_seat->phase = session->phase;
    out_seat->peer = mcp_peer_ref(session->peer);
}

static enum mcp_code enter_session(struct mcp_state *state, struct mcp_session *session,
                                   struct mcp_inflight_entry *entry, struct mcp_seat *out_seat,
                                   struct mcp_err *err) {
    if (session == NULL)
        return not_found(err);
    MCP_TRY(mcp_inflight_add(&state->inflight, &session->calls, entry, err));
    take_seat(session, out_seat);
    return MCP_OK;
}

enum mcp_code mcp_state_seat(struct mcp_state *state, const struct mcp_session_key *key,
                             uint64_t now_ms, struct mcp_seat *out_seat, struct mcp_err *err) {
    lock(state);
    const struct mcp_session *session = mcp_sessions_find(&state->sessions, key, now_ms);
    if (session != NULL)
        take_seat(session, out_seat);
    unlock(state);
    return session != NULL ? MCP_OK : not_found(err);
}

enum mcp_code mcp_state_enter(struct mcp_state *state, const struct mcp_session_key *key,
                              uint64_t now_ms, struct mcp_inflight_entry *entry,
                              struct mcp_seat *out_seat, struct mcp_err *err) {
    lock(state);
    struct mcp_session *session = mcp_sessions_find(&state->sessions, key, now_ms);
    enum mcp_code code = refuse_stopping(state, err);
    if (code == MCP_OK)
        code = enter_session(state, session, entry, out_seat, err);
    unlock(state);
    return code;
}

enum mcp_code mcp_state_enter_modern(struct mcp_state *state, struct mcp_str session_id,
                                     struct mcp_inflight_entry *entry, struct mcp_err *err) {
    lock(state);
    struct mcp_session *session =
        session_id.len > 0 ? mcp_sessions_get(&state->sessions, session_id) : NULL;
    enum mcp_code code = refuse_stopping(state, err);
    if (code == MCP_OK)
        code = mcp_inflight_add(&state->inflight, session != NULL ? &session->calls : NULL, entry,
                                err);
    unlock(state);
    return code;
}

enum mcp_cancel_cause mcp_state_leave(struct mcp_state *state, struct mcp_inflight_entry *entry) {
    lock(state);
    mcp_inflight_remove(&state->inflight, entry);
    enum mcp_cancel_cause cause = entry->cancelled;
    unlock(state);
    return cause;
}

void mcp_state_cancel(struct mcp_state *state, struct mcp_str session_id, const json_t *id,
                      struct mcp_list *cancelled) {
    lock(state);
    struct mcp_session *session = mcp_sessions_get(&state->sessions, session_id);
    struct mcp_inflight_entry *entry =
        session != NULL ? mcp_inflight_find(&session->calls, id) : NULL;
    if (entry != NULL)
        mcp_inflight_cancel(entry, MCP_CANCELLED_BY_PEER, cancelled);
    unlock(state);
}

/* The stream whose channel writes to that outlet, taken from its session; or NULL. Locked. */
static struct mcp_stream *take_stream(struct mcp_state *state, const struct mcp_outlet *outlet) {
    size_t at = 0;
    struct mcp_session *session = mcp_sessions_next(&state->sessions, &at);
    for (; session != NULL; session = mcp_sessions_next(&state->sessions, &at)) {
        struct mcp_stream *stream = session->subscriber.stream;
        if (stream == NULL || (outlet != NULL && mcp_stream_channel(stream)->outlet != outlet))
            continue;
        session->subscriber.stream = NULL;
        state->stream_count--;
        return stream;
    }
    return NULL;
}

void mcp_state_outlet_gone(struct mcp_state *state, const struct mcp_outlet *outlet,
                           struct mcp_leftover *leftover) {
    mcp_list_init(&leftover->cancelled);
    lock(state);
    struct mcp_inflight_entry *entry = mcp_inflight_find_outlet(&state->inflight, outlet);
    if (entry != NULL && entry->ends_with_outlet)
        mcp_inflight_cancel(entry, MCP_CANCELLED_BY_PEER, &leftover->cancelled);
    leftover->stream = entry == NULL ? take_stream(state, outlet) : NULL;
    unlock(state);
}

/* --- changes --- */

enum mcp_code mcp_state_subscribe(struct mcp_state *state, struct mcp_str session_id,
                                  struct mcp_str uri, struct mcp_err *err) {
    lock(state);
    struct mcp_session *session = mcp_sessions_get(&state->sessions, session_id);
    enum mcp_code code = session == NULL ? not_found(err)
                                         : mcp_subscriptions_add(&state->subscriptions,
                                                                 &session->subscriber, uri, err);
    unlock(state);
    return code;
}

void mcp_state_unsubscribe(struct mcp_state *state, struct mcp_str session_id, struct mcp_str uri) {
    lock(state);
    struct mcp_session *session = mcp_sessions_get(&state->sessions, session_id);
    if (session != NULL)
        (void)mcp_subscriptions_remove(&state->subscriptions, &session->subscriber, uri);
    unlock(state);
}

static enum mcp_code listen_locked(struct mcp_state *state, struct mcp_subscriber *subscriber,
                                   unsigned topics, const json_t *uris, struct mcp_err *err) {
    MCP_TRY(refuse_stopping(state, err));
    mcp_subscriptions_join(&state->subscriptions, subscriber, topics);
    for (size_t i = 0; i < json_array_size(uris); i++) {
        struct mcp_str uri = mcp_json_str(json_array_get(uris, i));
        enum mcp_code code = mcp_subscriptions_add(&state->subscriptions, subscriber, uri, err);
        if (code != MCP_OK) {
            mcp_subscriptions_leave(&state->subscriptions, subscriber);
            return code;
        }
    }
    state->stream_count++;
    return MCP_OK;
}

enum mcp_code mcp_state_listen(struct mcp_state *state, struct mcp_subscriber *subscriber,
                               unsigned topics, const json_t *uris, struct mcp_err *err) {
    lock(state);
    enum mcp_code code = listen_locked(state, subscriber, topics, uris, err);
    unlock(state);
    return code;
}

void mcp_state_unlisten(struct mcp_state *state, struct mcp_subscriber *subscriber) {
    lock(state);
    if (mcp_list_is_linked(&subscriber->in_all)) {
        mcp_subscriptions_leave(&state->subscriptions, subscriber);
        state->stream_count--;
    }
    unlock(state);
}

enum mcp_code mcp_state_targets_of_uri(struct mcp_state *state, struct mcp_str uri,
                                       struct mcp_targets *out_targets, struct mcp_err *err) {
    struct mcp_targets found = {0};
    lock(state);
    mcp_subscriptions_each_uri(&state->subscriptions, uri, mcp_targets_add, &found);
    unlock(state);
    return mcp_targets_give(&found, out_targets, err);
}

enum mcp_code mcp_state_targets_of_topic(struct mcp_state *state, enum mcp_topic topic,
                                         struct mcp_targets *out_targets, struct mcp_err *err) {
    struct mcp_targets found = {0};
    lock(state);
    mcp_subscriptions_each_topic(&state->subscriptions, topic, mcp_targets_add, &found);
    unlock(state);
    return mcp_targets_give(&found, out_targets, err);
}

struct uri_list {
    json_t *uris;
    bool is_short; /* an allocation was refused */
};

static void list_uri(struct mcp_str uri, void *user) {
    struct uri_list *list = user;
    if (json_array_append_new(list->uris, json_stringn(uri.ptr, uri.len)) != 0)
        list->is_short = true;
}

enum mcp_code mcp_state_subscribed_uris(struct mcp_state *state, json_t **out_uris,
                                        struct mcp_err *err) {
    json_auto_t *uris = json_array();
    struct uri_list list = {.uris = uris, .is_short = uris == NULL};
    lock(state);
    mcp_subscriptions_each_subject(&state->subscriptions, list_uri, &list);
    unlock(state);
    if (list.is_short)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_uris = MCP_TAKE(uris);
    return MCP_OK;
}

/* --- requests of ours --- */

enum mcp_code mcp_state_await(struct mcp_state *state, struct mcp_wait *wait, struct mcp_err *err) {
    lock(state);
    bool is_cancelled = wait->entry->cancelled != MCP_NOT_CANCELLED;
    if (!is_cancelled)
        mcp_waits_add(&state->waits, wait);
    unlock(state);
    return is_cancelled ? MCP_FAIL(err, MCP_E_CANCELLED, "cancelled") : MCP_OK;
}

struct mcp_wait *mcp_state_reply(struct mcp_state *state, struct mcp_str session_id,
                                 const struct mcp_jsonrpc *message) {
    lock(state);
    struct mcp_wait *wait = mcp_waits_reply(&state->waits, session_id, message);
    unlock(state);
    return wait;
}

struct mcp_wait *mcp_state_stop_waiting(struct mcp_state *state,
                                        const struct mcp_inflight_entry *entry) {
    lock(state);
    struct mcp_wait *wait = mcp_waits_take(&state->waits, entry);
    unlock(state);
    return wait;
}

struct mcp_wait *mcp_state_overdue(struct mcp_state *state, uint64_t now_ms) {
    lock(state);
    struct mcp_wait *wait = mcp_waits_overdue(&state->waits, now_ms);
    unlock(state);
    return wait;
}

/* --- the whole --- */

void mcp_state_stop(struct mcp_state *state, struct mcp_list *cancelled) {
    lock(state);
    atomic_store(&state->is_stopping, true);
    struct mcp_inflight_entry *entry = mcp_inflight_next(&state->inflight, NULL);
    for (; entry != NULL; entry = mcp_inflight_next(&state->inflight, entry))
        mcp_inflight_cancel(entry, MCP_CANCELLED_BY_STOP, cancelled);
    unlock(state);
}

bool mcp_state_is_stopping(const struct mcp_state *state) {
    return atomic_load(&state->is_stopping);
}

struct mcp_stream *mcp_state_take_stream(struct mcp_state *state) {
    lock(state);
    struct mcp_stream *stream = take_stream(state, NULL);
    unlock(state);
    return stream;
}

void mcp_state_count(struct mcp_state *state, struct mcp_state_counts *out_counts) {
    lock(state);
    *out_counts = (struct mcp_state_counts){
        .sessions = mcp_sessions_count(&state->sessions),
        .streams = state->stream_count,
        .in_flight = state->inflight.count,
        .subscriptions = state->subscriptions.count,
    };
    unlock(state);
}
