/* SPDX-License-Identifier: MIT */
/* upstream.h - the connection to one server: made, lost and made again. Layer: orchestrator.
 * Includes: state. */
#ifndef ORCH_UPSTREAM_H
#define ORCH_UPSTREAM_H

#include "orchestrator/state.h"

struct orch_share;

/* What all upstreams of one orchestrator share; outlives them. */
struct orch_hub {
    struct mcp_loop *loop;
    struct orch_state *state;
    struct orch_share *share;
    orch_event_fn *on_event; /* NULL: nobody listens */
    void *user;
    unsigned max_retries;
    uint64_t idle_ms; /* a silent server is asked whether it is there; 0: never */
};

/* Signs of life of one upstream; for call.c and tend.c, the loop's thread. Monotonic. */
struct orch_pulse {
    uint64_t heard_us;  /* the last answer */
    uint64_t blamed_us; /* the last failure the breaker was told of */
    uint64_t looked_ms; /* connected, or last asked */
    uint64_t tail_ms;   /* the child's words were last noted */
    uint64_t pinged_serial;
    bool is_pinging;
};

/*
 * One server's connection. All functions are called on the loop's thread, except new and free.
 * There is at most one live dial; it is replaced, never reused, after a failure.
 */
struct orch_upstream;

/* Waits for something of an upstream; lives in the caller until `done`, which comes exactly once
 * and may come before the call that registers it returns. */
struct orch_waiter {
    void (*done)(struct orch_waiter *waiter, const struct mcp_err *why); /* why NULL: success */
    struct orch_waiter *next;
};

enum mcp_code orch_upstream_new(const struct orch_hub *hub, const struct orch_server *server,
                                size_t slot, struct orch_upstream **out_upstream,
                                struct mcp_err *err) MCP_CHECK;
void orch_upstream_free(struct orch_upstream *upstream); /* closed, or never connected */

/*
 * Be connected: at once when it is, else joining the attempt under way or starting one. All
 * attempts together take at most the server's timeout; `retries` counts those after the first,
 * with jittered backoff between them.
 *
 *   in      since_ms  when the caller began: attempts that failed since then are not repeated
 *   errors  of the last attempt; CANCELLED when the upstream is closed; STATE when the server's
 *           breaker is open, connected or not
 */
void orch_upstream_connect(struct orch_upstream *upstream, unsigned retries, uint64_t since_ms,
                           struct orch_waiter *waiter);

/* Begin to connect, for nobody in particular. */
void orch_upstream_start(struct orch_upstream *upstream, unsigned retries);

/* Its entry in the file from now on: how it is reached is the same. */
void orch_upstream_set_server(struct orch_upstream *upstream, const struct orch_server *server);

/* Go down for good, as `why` says: who waits, now or later, is told. `waiter` (NULL: nobody) is
 * done when nothing is left of any connection; it may be called again for that. */
void orch_upstream_close(struct orch_upstream *upstream, const struct mcp_err *why,
                         struct orch_waiter *waiter);

bool orch_upstream_is_closing(const struct orch_upstream *upstream);
bool orch_upstream_is_closed(const struct orch_upstream *upstream); /* nothing is left */

/* Why a request ended: that the upstream was closed, if it was, else what the request says. */
const struct mcp_err *orch_upstream_cause(const struct orch_upstream *upstream,
                                          const struct mcp_err *otherwise);

/* The live connection; NULL while there is none. Its serial tells one connection from the next. */
struct mcp_dial *orch_upstream_dial(const struct orch_upstream *upstream);
uint64_t orch_upstream_serial(const struct orch_upstream *upstream);

/* The connection with this serial is no more, or will not answer any more. */
bool orch_upstream_is_gone(const struct orch_upstream *upstream, uint64_t serial);

/* A request found the connection dead: it is given up, if it is still the one with `serial`. */
void orch_upstream_suspect(struct orch_upstream *upstream, uint64_t serial,
                           const struct mcp_err *why);

/* Connect again, if it is down, its pause is over and its breaker lets one pass. */
void orch_upstream_retry(struct orch_upstream *upstream, uint64_t now_ms);

/* Keep what its child said last for the status. */
void orch_upstream_note_tail(struct orch_upstream *upstream);

struct orch_pulse *orch_upstream_pulse(struct orch_upstream *upstream);
const struct orch_server *orch_upstream_server(const struct orch_upstream *upstream);
size_t orch_upstream_slot(const struct orch_upstream *upstream);
const struct orch_hub *orch_upstream_hub(const struct orch_upstream *upstream);

/* Tell the observer. */
void orch_upstream_tell(const struct orch_upstream *upstream, enum orch_event_kind kind,
                        const char *detail);

#endif
