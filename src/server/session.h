/* SPDX-License-Identifier: MIT */
/* session.h - legacy sessions by id. Layer: server. Includes: base json. */
#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include "mcp/map.h"
#include "server/inflight.h"
#include "server/peer.h"
#include "server/subscriptions.h"

enum mcp_session_phase {
    MCP_SESSION_NEW,     /* opened by its transport, nothing agreed */
    MCP_SESSION_GREETED, /* initialize is answered */
    MCP_SESSION_READY    /* notifications/initialized has come */
};

#define MCP_SESSION_ANY_CARRIER (~0U)

/* What makes two sessions different, and one of them somebody's. */
struct mcp_session_key {
    struct mcp_str id;
    struct mcp_str principal; /* empty: anonymous */
    unsigned carrier;         /* enum mcp_carrier, or to look up: any */
};

struct mcp_session {
    char id[33]; /* 32 hex digits */
    char *principal;
    unsigned carrier;
    enum mcp_session_phase phase;
    struct mcp_peer_box *peer; /* owned; NULL while NEW */
    struct mcp_inflight_scope calls;
    struct mcp_subscriber subscriber; /* its stream is the standalone one; with it, never idle */
    bool never_idle;                  /* lives until it is closed */
    uint64_t born_ms;
    uint64_t seen_ms; /* last traffic */
};

/*
 *   owner   of its sessions
 *   thread  none: the owner locks
 */
struct mcp_sessions {
    struct mcp_map *by_id;
    size_t max;
    uint64_t idle_ms; /* without traffic, call or stream */
    uint64_t age_ms;  /* whatever happens */
};

enum mcp_code mcp_sessions_init(struct mcp_sessions *table, uint64_t seed,
                                struct mcp_err *err) MCP_CHECK;
void mcp_sessions_deinit(struct mcp_sessions *table);

/* A NEW session of that key. errors: LIMIT max sessions; EXISTS the id is taken; NOMEM */
enum mcp_code mcp_sessions_open(struct mcp_sessions *table, const struct mcp_session_key *key,
                                uint64_t now_ms, struct mcp_session **out_session,
                                struct mcp_err *err) MCP_CHECK;

/* The session of that id, if it is this principal's and came by this carrier; else NULL, so that
 * a stranger cannot tell another's session from none. Counts as traffic. */
struct mcp_session *mcp_sessions_find(const struct mcp_sessions *table,
                                      const struct mcp_session_key *key, uint64_t now_ms);

/* By id alone, for who was admitted already; no traffic. */
struct mcp_session *mcp_sessions_get(const struct mcp_sessions *table, struct mcp_str id);

/* Forget and free it. Its calls, subscriptions and stream must have been let go. */
void mcp_sessions_close(struct mcp_sessions *table, struct mcp_session *session);

/* A session that is past its time, at or after position *at (start with 0); NULL at the end. */
struct mcp_session *mcp_sessions_next_expired(const struct mcp_sessions *table, size_t *at,
                                              uint64_t now_ms);

/* Every session; start with *at = 0. The current one may be closed. */
struct mcp_session *mcp_sessions_next(const struct mcp_sessions *table, size_t *at);

size_t mcp_sessions_count(const struct mcp_sessions *table);

#endif
