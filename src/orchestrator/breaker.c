/* SPDX-License-Identifier: MIT */
/* breaker.c - see breaker.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/breaker.h"

static uint64_t pause_ms(uint32_t openings) {
    uint64_t pause = ORCH_BREAKER_BASE_MS;
    for (uint32_t i = 1; i < openings && pause < ORCH_BREAKER_CAP_MS; i++)
        pause *= 2;
    return pause < ORCH_BREAKER_CAP_MS ? pause : ORCH_BREAKER_CAP_MS;
}

static void open_it(struct orch_breaker *breaker, enum orch_breaker_reason reason, uint64_t now_ms,
                    uint64_t random) {
    if (breaker->openings < UINT32_MAX)
        breaker->openings++;
    uint64_t whole = pause_ms(breaker->openings);
    breaker->phase = ORCH_OPEN;
    breaker->reason = reason;
    breaker->until_ms = now_ms + whole - random % (whole / 4 + 1);
}

bool orch_breaker_take(struct orch_breaker *breaker, uint64_t now_ms, uint64_t trial_ms) {
    if (breaker->phase == ORCH_CLOSED)
        return true;
    if (now_ms < breaker->until_ms)
        return false;
    breaker->phase = ORCH_HALF_OPEN;
    breaker->until_ms = now_ms + trial_ms;
    return true;
}

uint64_t orch_breaker_wait_ms(const struct orch_breaker *breaker, uint64_t now_ms) {
    bool passes = breaker->phase == ORCH_CLOSED || now_ms >= breaker->until_ms;
    return passes ? 0 : breaker->until_ms - now_ms;
}

void orch_breaker_succeed(struct orch_breaker *breaker) {
    breaker->failures = 0;
    breaker->phase = ORCH_CLOSED;
    breaker->until_ms = 0;
    if (breaker->short_lives >= ORCH_BREAKER_SHORT_LIVES)
        return;
    breaker->reason = ORCH_NO_REASON;
    breaker->openings = 0;
}

void orch_breaker_fail(struct orch_breaker *breaker, uint64_t now_ms, uint64_t random) {
    if (breaker->failures < UINT32_MAX)
        breaker->failures++;
    if (breaker->phase == ORCH_OPEN)
        return;
    if (breaker->phase == ORCH_HALF_OPEN || breaker->failures >= ORCH_BREAKER_FAILURES)
        open_it(breaker, breaker->reason == ORCH_CRASH_LOOP ? ORCH_CRASH_LOOP : ORCH_FAILURES,
                now_ms, random);
}

void orch_breaker_lose(struct orch_breaker *breaker, uint64_t lived_ms, uint64_t now_ms,
                       uint64_t random) {
    if (lived_ms >= ORCH_BREAKER_HEALTHY_MS) {
        breaker->short_lives = 0;
        if (breaker->reason == ORCH_CRASH_LOOP) {
            breaker->reason = ORCH_NO_REASON;
            breaker->openings = 0;
        }
        return;
    }
    if (breaker->short_lives < UINT32_MAX)
        breaker->short_lives++;
    if (breaker->short_lives < ORCH_BREAKER_SHORT_LIVES)
        return;
    if (breaker->phase == ORCH_OPEN) /* by requests that failed with the connection */
        breaker->reason = ORCH_CRASH_LOOP;
    else
        open_it(breaker, ORCH_CRASH_LOOP, now_ms, random);
}

const char *orch_breaker_phase_name(enum orch_breaker_phase phase) {
    static const char *const names[] = {
        [ORCH_CLOSED] = "closed", [ORCH_OPEN] = "open", [ORCH_HALF_OPEN] = "half-open"};
    return names[phase];
}

const char *orch_breaker_reason_name(enum orch_breaker_reason reason) {
    static const char *const names[] = {
        [ORCH_NO_REASON] = "", [ORCH_FAILURES] = "failures", [ORCH_CRASH_LOOP] = "crash loop"};
    return names[reason];
}
