/* SPDX-License-Identifier: MIT */
/* state.h - the engine's tables behind their one lock. Layer: server. Includes: base json. */
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

#include "mcp/outlet.h"
#include "server/channel.h"
#include "server/session.h"
#include "server/targets.h"
#include "server/waits.h"

/* All bounds are real here: defaults were filled in before. */
struct mcp_state_limits {
    size_t max_sessions;
    uint64_t session_idle_ms;
    uint64_t session_age_ms;
    size_t max_inflight;
    size_t max_inflight_per_session;
    size_t max_subscriptions; /* per session or listen request */
};

/*
 * No function here calls out while it holds the lock, except for `hold` of an in-flight entry,
 * which only counts. What must be told (cancelled calls, closed streams) is handed to the caller.
 *   thread  any
 */
struct mcp_state;

/* errors: NOMEM; IO no randomness */
enum mcp_code mcp_state_new(const struct mcp_state_limits *limits, struct mcp_state **out_state,
                            struct mcp_err *err) MCP_CHECK;
void mcp_state_free(struct mcp_state *state); /* no call in flight, no stream attached */

/* What a session leaves behind when it goes: the caller cancels and closes it. */
struct mcp_leftover {
    struct mcp_list cancelled; /* of mcp_inflight_entry: mcp_inflight_take_cancelled */
    struct mcp_stream *stream; /* or NULL; the reference is the caller's */
};

/* --- sessions --- */

struct mcp_session_wish {
    struct mcp_str principal;
    unsigned carrier;
    bool never_idle;
};

/* Open one in phase NEW. errors: LIMIT, STATE stopping, IO, NOMEM */
enum mcp_code mcp_state_open(struct mcp_state *state, const struct mcp_session_wish *wish,
                             uint64_t now_ms, char out_id[33], struct mcp_err *err) MCP_CHECK;

/* errors: NOT_FOUND */
enum mcp_code mcp_state_check(struct mcp_state *state, const struct mcp_session_key *key,
                              uint64_t now_ms, struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_state_version(struct mcp_state *state, struct mcp_str id,
                                enum mcp_version *out_version, struct mcp_err *err) MCP_CHECK;

/* initialize was understood: the session is GREETED as `peer`, which gets a reference of its own.
 * errors: NOT_FOUND; STATE it is past NEW already */
enum mcp_code mcp_state_greet(struct mcp_state *state, struct mcp_str id, struct mcp_peer_box *peer,
                              struct mcp_err *err) MCP_CHECK;

/* notifications/initialized came: a GREETED session is READY and hears of changes to `topics`. */
void mcp_state_ready(struct mcp_state *state, struct mcp_str id, unsigned topics);

/* False when there is no such session of that principal; then *leftover is untouched. */
bool mcp_state_close(struct mcp_state *state, const struct mcp_session_key *key,
                     struct mcp_leftover *leftover);

/* Close one session that is past its time; false when there is none. */
bool mcp_state_expire(struct mcp_state *state, uint64_t now_ms, struct mcp_leftover *leftover);

/* --- standalone streams --- */

/* The session takes over the reference on success. errors: NOT_FOUND; EXISTS; STATE stopping */
enum mcp_code mcp_state_attach(struct mcp_state *state, const struct mcp_session_key *key,
                               struct mcp_stream *stream, struct mcp_err *err) MCP_CHECK;

/* --- requests --- */

/* How far the peer of a request is. */
struct mcp_seat {
    enum mcp_session_phase phase;
    struct mcp_peer_box *peer; /* a reference for the caller; NULL while NEW */
};

/* What is known of a session without starting a request: for notifications and batches.
 * errors: NOT_FOUND */
enum mcp_code mcp_state_seat(struct mcp_state *state, const struct mcp_session_key *key,
                             uint64_t now_ms, struct mcp_seat *out_seat,
                             struct mcp_err *err) MCP_CHECK;

/* The same, and the request is in flight until mcp_state_leave.
 * errors: NOT_FOUND; EXISTS, LIMIT see inflight.h; STATE stopping */
enum mcp_code mcp_state_enter(struct mcp_state *state, const struct mcp_session_key *key,
                              uint64_t now_ms, struct mcp_inflight_entry *entry,
                              struct mcp_seat *out_seat, struct mcp_err *err) MCP_CHECK;

/* A request of no legacy session is in flight. `session_id` scopes its id when not empty.
 * errors: as mcp_state_enter */
enum mcp_code mcp_state_enter_modern(struct mcp_state *state, struct mcp_str session_id,
                                     struct mcp_inflight_entry *entry,
                                     struct mcp_err *err) MCP_CHECK;

/* Says whether it was cancelled until now. A no-op for an entry that was never in flight. */
enum mcp_cancel_cause mcp_state_leave(struct mcp_state *state, struct mcp_inflight_entry *entry);

/* The session's request of that id; unknown ones are ignored. */
void mcp_state_cancel(struct mcp_state *state, struct mcp_str session_id, const json_t *id,
                      struct mcp_list *cancelled);

/* --- requests of ours, to legacy clients --- */

/* The call of wait->entry waits until one of the others below hands the wait back, which is the
 * only way out: then its call is the caller's. errors: CANCELLED the call is already */
enum mcp_code mcp_state_await(struct mcp_state *state, struct mcp_wait *wait,
                              struct mcp_err *err) MCP_CHECK;
struct mcp_wait *mcp_state_reply(struct mcp_state *state, struct mcp_str session_id,
                                 const struct mcp_jsonrpc *message);
struct mcp_wait *mcp_state_stop_waiting(struct mcp_state *state,
                                        const struct mcp_inflight_entry *entry);
struct mcp_wait *mcp_state_overdue(struct mcp_state *state, uint64_t now_ms);

/* Whose peer left: requests that end with their outlet, and the session stream on it. */
void mcp_state_outlet_gone(struct mcp_state *state, const struct mcp_outlet *outlet,
                           struct mcp_leftover *leftover);

/* --- changes --- */

/* errors: NOT_FOUND no session; LIMIT; NOMEM */
enum mcp_code mcp_state_subscribe(struct mcp_state *state, struct mcp_str session_id,
                                  struct mcp_str uri, struct mcp_err *err) MCP_CHECK;
void mcp_state_unsubscribe(struct mcp_state *state, struct mcp_str session_id, struct mcp_str uri);

/* A listen request: joins with its topics and URIs (an array of strings, or NULL), all or nothing.
 * errors: LIMIT; NOMEM; STATE stopping */
enum mcp_code mcp_state_listen(struct mcp_state *state, struct mcp_subscriber *subscriber,
                               unsigned topics, const json_t *uris, struct mcp_err *err) MCP_CHECK;
void mcp_state_unlisten(struct mcp_state *state, struct mcp_subscriber *subscriber);

/* References to everybody who is told of the change. */
/* errors: NOMEM (nothing is collected) */
enum mcp_code mcp_state_targets_of_uri(struct mcp_state *state, struct mcp_str uri,
                                       struct mcp_targets *out_targets,
                                       struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_state_targets_of_topic(struct mcp_state *state, enum mcp_topic topic,
                                         struct mcp_targets *out_targets,
                                         struct mcp_err *err) MCP_CHECK;

/* The URIs somebody subscribed to, each once, in a new array. errors: NOMEM */
enum mcp_code mcp_state_subscribed_uris(struct mcp_state *state, json_t **out_uris,
                                        struct mcp_err *err) MCP_CHECK;

/* --- the whole --- */

/* Refuse from now on; everything in flight is handed over to be cancelled. */
void mcp_state_stop(struct mcp_state *state, struct mcp_list *cancelled);
bool mcp_state_is_stopping(const struct mcp_state *state);

/* The stream of one session, taken from it; NULL when no session has one. */
struct mcp_stream *mcp_state_take_stream(struct mcp_state *state);

struct mcp_state_counts {
    size_t sessions, streams, in_flight, subscriptions;
};
void mcp_state_count(struct mcp_state *state, struct mcp_state_counts *out_counts);

#endif
