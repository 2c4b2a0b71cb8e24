/* SPDX-License-Identifier: MIT */
/* breaker.h - when a server that keeps failing is left alone. Layer: orchestrator. Includes: base.
 */
#ifndef ORCH_BREAKER_H
#define ORCH_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ORCH_BREAKER_FAILURES = 5,       /* in a row, until it opens */
    ORCH_BREAKER_SHORT_LIVES = 5,    /* connections in a row that ended soon: a crash loop */
    ORCH_BREAKER_HEALTHY_MS = 10000, /* a connection that lived so long did not end soon */
    ORCH_BREAKER_BASE_MS = 1000,     /* it stays open so long, doubled each time in a row, */
    ORCH_BREAKER_CAP_MS = 60000,     /* up to this; a quarter of it is jitter */
};

enum orch_breaker_phase {
    ORCH_CLOSED,    /* everything passes */
    ORCH_OPEN,      /* nothing passes until its time is over */
    ORCH_HALF_OPEN, /* one trial has passed; the next after its verdict, or after its time */
};

enum orch_breaker_reason { ORCH_NO_REASON, ORCH_FAILURES, ORCH_CRASH_LOOP };

/* All zero is a closed one. Time is monotonic. */
struct orch_breaker {
    enum orch_breaker_phase phase;
    enum orch_breaker_reason reason; /* of opening; kept until it closes */
    uint32_t failures;               /* in a row */
    uint32_t short_lives;            /* in a row */
    uint32_t openings;               /* in a row, without a success in between */
    uint64_t until_ms;               /* OPEN: the first trial; HALF_OPEN: the next one */
};

/*
 * Whether the server may be asked now. In half-open, and when the time of an open one is over, this
 * call takes the trial: others wait for its verdict, at most trial_ms.
 */
bool orch_breaker_take(struct orch_breaker *breaker, uint64_t now_ms, uint64_t trial_ms);

/* How long until one may pass; 0: now. Changes nothing. */
uint64_t orch_breaker_wait_ms(const struct orch_breaker *breaker, uint64_t now_ms);

/* It answered. A crash loop is over only when a connection lives. */
void orch_breaker_succeed(struct orch_breaker *breaker);

/* It did not answer, or could not be reached; `random` is 64 random bits. */
void orch_breaker_fail(struct orch_breaker *breaker, uint64_t now_ms, uint64_t random);

/* A connection that lived so long was lost. */
void orch_breaker_lose(struct orch_breaker *breaker, uint64_t lived_ms, uint64_t now_ms,
                       uint64_t random);

const char *orch_breaker_phase_name(enum orch_breaker_phase phase);    /* "closed" */
const char *orch_breaker_reason_name(enum orch_breaker_reason reason); /* "crash loop"; "" */

#endif
