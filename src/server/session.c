/* SPDX-License-Identifier: MIT */
/* session.c - see session.h. Pure: no I/O, no clock, no log. */
#include "server/session.h"

#include <string.h>

#include "mcp/alloc.h"

static void free_session(void *value) {
    struct mcp_session *session = value;
    if (session == NULL)
        return;
    mcp_peer_unref(session->peer);
    mcp_free(session->principal);
    mcp_free(session);
}

static void free_sessionp(struct mcp_session **session) {
    free_session(*session);
}

enum mcp_code mcp_sessions_init(struct mcp_sessions *table, uint64_t seed, struct mcp_err *err) {
    return mcp_map_new(seed, free_session, &table->by_id, err);
}

void mcp_sessions_deinit(struct mcp_sessions *table) {
    mcp_map_free(table->by_id);
    table->by_id = NULL;
}

enum mcp_code mcp_sessions_open(struct mcp_sessions *table, const struct mcp_session_key *key,
                                uint64_t now_ms, struct mcp_session **out_session,
                                struct mcp_err *err) {
    if (mcp_map_count(table->by_id) >= table->max)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu sessions are open already; try later", table->max);
    if (mcp_map_get(table->by_id, key->id) != NULL)
        return MCP_FAIL(err, MCP_E_EXISTS, "the session id is taken");
    struct mcp_session *session MCP_AUTO(free_sessionp) = mcp_alloc(sizeof *session);
    if (session == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    session->principal =
        mcp_strndup(key->principal.len > 0 ? key->principal.ptr : "", key->principal.len);
    if (session->principal == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    memcpy(session->id, key->id.ptr, key->id.len < 32 ? key->id.len : 32);
    session->carrier = key->carrier;
    session->born_ms = now_ms;
    session->seen_ms = now_ms;
    mcp_inflight_scope_init(&session->calls);
    MCP_TRY(mcp_map_put(table->by_id, key->id, session, err));
    *out_session = MCP_TAKE(session);
    return MCP_OK;
}

struct mcp_session *mcp_sessions_find(const struct mcp_sessions *table,
                                      const struct mcp_session_key *key, uint64_t now_ms) {
    struct mcp_session *session = mcp_map_get(table->by_id, key->id);
    if (session == NULL ||
        (key->carrier != MCP_SESSION_ANY_CARRIER && key->carrier != session->carrier) ||
        !mcp_str_equal(mcp_str_of(session->principal), key->principal))
        return NULL;
    /* Two threads may arrive out of order; traffic never moves back. */
    if (now_ms > session->seen_ms)
        session->seen_ms = now_ms;
    return session;
}

struct mcp_session *mcp_sessions_get(const struct mcp_sessions *table, struct mcp_str id) {
    return mcp_map_get(table->by_id, id);
}

void mcp_sessions_close(struct mcp_sessions *table, struct mcp_session *session) {
    (void)mcp_map_remove(table->by_id, mcp_str_of(session->id));
}

static bool is_past(uint64_t since_ms, uint64_t span_ms, uint64_t now_ms) {
    return now_ms >= since_ms && now_ms - since_ms >= span_ms;
}

static bool is_expired(const struct mcp_sessions *table, const struct mcp_session *session,
                       uint64_t now_ms) {
    if (session->never_idle)
        return false;
    if (is_past(session->born_ms, table->age_ms, now_ms))
        return true;
    return session->subscriber.stream == NULL && session->calls.count == 0 &&
           is_past(session->seen_ms, table->idle_ms, now_ms);
}

struct mcp_session *mcp_sessions_next_expired(const struct mcp_sessions *table, size_t *at,
                                              uint64_t now_ms) {
    struct mcp_session *session = mcp_sessions_next(table, at);
    while (session != NULL && !is_expired(table, session, now_ms))
        session = mcp_sessions_next(table, at);
    return session;
}

struct mcp_session *mcp_sessions_next(const struct mcp_sessions *table, size_t *at) {
    struct mcp_str id;
    void *session = NULL;
    return mcp_map_next(table->by_id, at, &id, &session) ? session : NULL;
}

size_t mcp_sessions_count(const struct mcp_sessions *table) {
    return mcp_map_count(table->by_id);
}
