/* SPDX-License-Identifier: MIT */
/* traffic.c - see traffic.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/traffic.h"

#include <stdio.h>

static void note_answer(struct orch_traffic *traffic, uint64_t us, uint64_t now_ms) {
    traffic->requests++;
    orch_latency_add(&traffic->latency, us, now_ms);
    orch_breaker_succeed(&traffic->breaker);
}

void orch_traffic_note(struct orch_traffic *traffic, const struct orch_note *note,
                       uint64_t now_ms) {
    switch (note->kind) {
    case ORCH_NOTE_ANSWERED:
        note_answer(traffic, note->us, now_ms);
        break;
    case ORCH_NOTE_REFUSED:
        note_answer(traffic, note->us, now_ms);
        traffic->refusals++;
        break;
    case ORCH_NOTE_FAILED:
        traffic->requests++;
        traffic->failures++;
        orch_breaker_fail(&traffic->breaker, now_ms, note->random);
        break;
    case ORCH_NOTE_FAILED_TOO:
        traffic->requests++;
        traffic->failures++;
        break;
    case ORCH_NOTE_GIVEN_UP:
        traffic->requests++;
        break;
    case ORCH_NOTE_RETRY:
        traffic->retries++;
        break;
    case ORCH_NOTE_UNREACHED:
        traffic->failures++;
        orch_breaker_fail(&traffic->breaker, now_ms, note->random);
        break;
    case ORCH_NOTE_LOST:
        orch_breaker_lose(&traffic->breaker, note->lived_ms, now_ms, note->random);
        break;
    }
}

bool orch_traffic_may_ask(struct orch_traffic *traffic, const char *last, uint64_t now_ms,
                          uint64_t trial_ms, struct mcp_err *out_why) {
    struct orch_breaker *breaker = &traffic->breaker;
    if (orch_breaker_take(breaker, now_ms, trial_ms))
        return true;
    uint64_t wait_s = (orch_breaker_wait_ms(breaker, now_ms) + 999) / 1000;
    char count[64];
    if (breaker->reason == ORCH_CRASH_LOOP)
        (void)snprintf(count, sizeof count, "%u connections in a row ended within %d s",
                       breaker->short_lives, ORCH_BREAKER_HEALTHY_MS / 1000);
    else
        (void)snprintf(count, sizeof count, "%u failures in a row", breaker->failures);
    struct mcp_err why = {0};
    (void)MCP_FAIL(&why, MCP_E_STATE, "left alone for %llu s more: %s%s%.120s",
                   (unsigned long long)wait_s, count, last[0] != '\0' ? ", the last: " : "", last);
    *out_why = why;
    return false;
}
