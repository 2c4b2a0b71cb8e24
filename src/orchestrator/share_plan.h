/* SPDX-License-Identifier: MIT */
/* share_plan.h - what to do with what a shared cache answers, and when it does not. Layer:
 * orchestrator. Includes: share_record client. */
#ifndef ORCH_SHARE_PLAN_H
#define ORCH_SHARE_PLAN_H

#include "client/backoff.h"
#include "orchestrator/share_record.h"

enum {
    ORCH_SHARE_LEASE_MS = 3000, /* a lock nobody renews is free after this */
    ORCH_SHARE_RENEW_MS = 1000,
    ORCH_SHARE_GENERATION_MS =
        86400000, /* a generation is forgotten after this; longer than any
                     fetch, so that none that was under way meanwhile lands */
    ORCH_SHARE_RETRY_BASE_MS = 250,
    ORCH_SHARE_RETRY_CAP_MS = 10000,
    ORCH_SHARE_PING_MS = 2000,
    ORCH_SHARE_CONNECT_MS = 5000 /* name, connection and TLS; nobody waits for it that long */
};

/* A part of an answer: text, a number, or neither. */
struct orch_share_item {
    bool is_text;
    bool is_number;
    struct mcp_str text; /* a view */
    int64_t number;
};

/* One value as it was found. */
struct orch_share_offer {
    bool is_there;
    struct orch_share_record record;
    uint64_t left_ms; /* of its life */
};

/* What a question brought. */
struct orch_share_view {
    struct orch_share_offer offers[2]; /* the public one, the private one */
    uint64_t generation;               /* now */
    bool knows_generation;             /* false: it is no number, and nothing is fresh */
    bool has_lock;                     /* it is ours */
    bool was_locked;                   /* somebody else's */
    uint64_t lock_left_ms;
};

enum { ORCH_SHARE_VIEW_ITEMS = 7 };

/*
 * Of the answer [1 when the lock is ours, what is left of another's lock, generation, public value,
 * what is left of it, private value, what is left of it], in milliseconds. What is no record counts
 * as absent; a generation that was never counted is 0.
 *
 *   out     *out_view  its records view into the items
 *   errors  SYNTAX     another form
 */
enum mcp_code orch_share_view_read(const struct orch_share_item *items, size_t count,
                                   struct orch_share_view *out_view, struct mcp_err *err) MCP_CHECK;

enum orch_share_step {
    ORCH_SHARE_GIVE,  /* take offers[*out_best]: it is fresh */
    ORCH_SHARE_CLAIM, /* ask again, for the lock too */
    ORCH_SHARE_WAIT,  /* somebody reads it: until he tells, at most *out_wait_ms */
    ORCH_SHARE_FETCH  /* read it from the server */
};

/* How a question goes on. */
struct orch_share_question {
    bool may_claim;       /* there is a lock for it */
    bool is_claim;        /* this one tried to get it */
    uint64_t waited_ms;   /* so far, all waits together */
    uint64_t max_wait_ms; /* of all waits together */
};

/*
 * What to do next.
 *
 *   out  *out_best    index of the youngest offer that is of use, or 2: there is none. An offer
 *                     whose scope is not its place's is of no use
 *        *out_wait_ms for WAIT only: at least 1, at most what is left of the lock and of the wait
 */
enum orch_share_step orch_share_next(const struct orch_share_question *question,
                                     const struct orch_share_view *view,
                                     const struct orch_cache_limits *limits, size_t *out_best,
                                     uint64_t *out_wait_ms);

/* Since it was stored. A life that has grown counts as none spent. */
uint64_t orch_share_age(const struct orch_share_offer *offer);
bool orch_share_is_outdated(const struct orch_share_view *view,
                            const struct orch_share_offer *offer);

/* For how long a value is to be kept by the limits: 0: not at all. */
uint64_t orch_share_life(const struct orch_cache_terms *terms,
                         const struct orch_cache_limits *limits);

/* The shared cache as it is seen from here. Zeroed: it was never reached. */
enum orch_share_phase { ORCH_SHARE_STARTING, ORCH_SHARE_UP, ORCH_SHARE_DOWN };

struct orch_share_health {
    enum orch_share_phase phase;
    int64_t since_ms;     /* wall clock: of this phase */
    uint64_t retry_at_ms; /* monotonic; DOWN: the next attempt */
    uint64_t up_ms;       /* monotonic: since it is up */
    struct mcp_backoff backoff;
};

struct orch_share_moment {
    uint64_t now_ms; /* monotonic */
    int64_t wall_ms;
    uint64_t random;
};

void orch_share_health_init(struct orch_share_health *health, int64_t wall_ms);

/* It answers. True: it was down before, which is worth telling. */
bool orch_share_health_up(struct orch_share_health *health, const struct orch_share_moment *moment);

/* It does not. True: it was not down before, which is worth telling. The next attempt is due after
 * a pause: half of a ceiling that doubles for certain, the other half at random. */
bool orch_share_health_down(struct orch_share_health *health,
                            const struct orch_share_moment *moment);

const char *orch_share_phase_name(enum orch_share_phase phase); /* "starting", "up", "down" */

/* What the status tells of it. */
struct orch_share_facts {
    bool is_redis; /* else nothing below counts */
    char where[600];
    enum orch_share_phase phase;
    int64_t since_ms;      /* wall clock */
    char last_error[256];  /* "": none yet */
    int64_t last_error_ms; /* wall clock */
    uint64_t hits;
    uint64_t misses;
    uint64_t stored;
};

#endif
