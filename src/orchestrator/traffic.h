/* SPDX-License-Identifier: MIT */
/* traffic.h - what was asked of a server and how it went. Layer: orchestrator. Includes: breaker
 * latency. */
#ifndef ORCH_TRAFFIC_H
#define ORCH_TRAFFIC_H

#include "mcp/err.h"
#include "orchestrator/breaker.h"
#include "orchestrator/latency.h"

/* Since the server was registered. All zero is where it begins. */
struct orch_traffic {
    uint64_t requests;
    uint64_t refusals; /* JSON-RPC errors: it answered */
    uint64_t failures; /* no answer that could be used: lost, late, broken, not reached */
    uint64_t retries;  /* attempts to connect after one that failed */
    uint64_t cache_hits;
    uint64_t cache_misses;
    uint64_t cache_stale;
    struct orch_latency latency; /* of answers, refusals included */
    struct orch_breaker breaker;
};

enum orch_note_kind {
    ORCH_NOTE_ANSWERED,   /* a request: us */
    ORCH_NOTE_REFUSED,    /* a request: us */
    ORCH_NOTE_FAILED,     /* a request */
    ORCH_NOTE_FAILED_TOO, /* a request that was under way with one that failed: the breaker has it
                             already */
    ORCH_NOTE_GIVEN_UP,   /* a request that we ended: says nothing about the server */
    ORCH_NOTE_RETRY,      /* connecting is tried once more */
    ORCH_NOTE_UNREACHED,  /* all attempts to connect failed */
    ORCH_NOTE_LOST        /* a connection: lived_ms */
};

struct orch_note {
    enum orch_note_kind kind;
    uint64_t us;
    uint64_t lived_ms;
    uint64_t random;           /* 64 random bits, for jitter */
    const struct mcp_err *why; /* FAILED, FAILED_TOO: the cause, for the owner */
};

void orch_traffic_note(struct orch_traffic *traffic, const struct orch_note *note, uint64_t now_ms);

/*
 * Whether the server may be asked now, as orch_breaker_take; when not, *out_why says why and when
 * it may: STATE.
 *
 *   in  last  the last error of the server, "" when there is none
 */
bool orch_traffic_may_ask(struct orch_traffic *traffic, const char *last, uint64_t now_ms,
                          uint64_t trial_ms, struct mcp_err *out_why);

#endif
