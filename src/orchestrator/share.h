/* SPDX-License-Identifier: MIT */
/* share.h - the cache that several processes have in common. Layer: orchestrator. Includes: state
 * redis_link. */
#ifndef ORCH_SHARE_H
#define ORCH_SHARE_H

#include "dial/loop.h"
#include "orchestrator/redis_link.h"
#include "orchestrator/share_key.h"
#include "orchestrator/state.h"

enum { ORCH_SHARE_TICK_MS = 250 };

/*
 * A Redis behind the cache in memory. While it is down, or none is configured, every question is
 * answered at once: fetch yourself. Nobody waits for Redis longer than timeout_ms.
 *
 *   thread  the loop's, but for new and free
 */
struct orch_share;

/* Whom it tells that it went down (why) and came back (NULL). */
struct orch_share_listener {
    void (*on_change)(void *user, const char *where, const struct mcp_err *why);
    void *user;
};

enum mcp_code orch_share_new(struct orch_state *state, const struct orch_share_listener *listener,
                             struct orch_share **out_share, struct mcp_err *err) MCP_CHECK;
void orch_share_free(struct orch_share *share); /* closed, or never configured; NULL: a no-op */

/* From now on these settings; it is connected to anew when they changed. */
void orch_share_configure(struct orch_share *share, struct mcp_loop *loop,
                          const struct orch_share_settings *settings);

/* How the server of a slot is reached; NULL: it is not any more, and who asks about it is answered
 * at once. */
void orch_share_set_server(struct orch_share *share, size_t slot, const struct orch_server *server);

/* Connect again, stay in touch, tell what has changed: every ORCH_SHARE_TICK_MS. */
void orch_share_tick(struct orch_share *share, uint64_t now_ms);

/* Tell now what was invalidated in the state. */
void orch_share_tell(struct orch_share *share);

/* A question, and the right to fetch, in the caller's storage: zeroed but for done. */
struct orch_share_lease {
    /* value: it was found and is in the state's cache, borrowed; NULL: fetch it, and then settle.
     * May come before orch_share_ask returns. */
    void (*done)(struct orch_share_lease *lease, struct orch_value *value);
    /* its own from here on */
    struct orch_share *share;
    struct orch_share_lease *prev;
    struct orch_share_lease *next;
    size_t slot;
    enum orch_holding holding;
    orch_redis_reply_fn *on_view; /* the answer to a look */
    enum {
        ORCH_LEASE_NONE,
        ORCH_LEASE_QUEUED,
        ORCH_LEASE_ASKED,
        ORCH_LEASE_WAITING,
        ORCH_LEASE_FETCHING
    } phase;
    struct mcp_loop_timer timer;
    struct orch_share_names names;
    uint64_t local_generation;
    uint64_t generation;
    bool knows_generation;
    bool is_claim;
    bool has_lock;
    char token[33];
    uint64_t max_wait_ms;
    uint64_t waited_ms;
    uint64_t waits_since_ms;
};

/* in  max_wait_ms  for another process that fetches it; what Redis itself takes not counted */
void orch_share_ask(struct orch_share *share, size_t slot, enum orch_holding holding,
                    uint64_t max_wait_ms, struct orch_share_lease *lease);

/* The fetch is over; value NULL: it failed, or must not be kept. The lease is free again. A lease
 * that was answered with a value, or never asked, needs none. */
void orch_share_settle(struct orch_share_lease *lease, const struct orch_value *value,
                       const struct orch_cache_terms *terms);

/* End: questions are answered, what was said is brought to its end within timeout_ms, and
 * done(user) is called, at once perhaps. */
void orch_share_close(struct orch_share *share, void (*done)(void *user), void *user);

#endif
