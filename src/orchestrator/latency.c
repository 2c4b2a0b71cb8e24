/* SPDX-License-Identifier: MIT */
/* latency.c - see latency.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/latency.h"

#include <stdbool.h>
#include <string.h>

enum { PARTS = 8, PART_BITS = 3 };

/* Below 8 each value has its own; then 8 buckets for each power of two. */
static unsigned bucket_of(uint64_t us) {
    unsigned shift = 0;
    while (us >> shift >= 2 * (uint64_t)PARTS)
        shift++;
    uint64_t bucket = us < PARTS ? us : shift * (uint64_t)PARTS + (us >> shift);
    return bucket < ORCH_LATENCY_BUCKETS ? (unsigned)bucket : ORCH_LATENCY_BUCKETS - 1;
}

/* The highest value that falls into it. */
static uint64_t end_of(unsigned bucket) {
    if (bucket < 2 * PARTS)
        return bucket;
    unsigned shift = bucket / PARTS - 1;
    uint64_t first = (uint64_t)(bucket % PARTS + PARTS) << shift;
    return first + ((uint64_t)1 << shift) - 1;
}

static bool is_over(const struct orch_latency *latency, uint64_t now_ms, uint64_t halves) {
    return now_ms >= latency->begun_ms + halves * ORCH_LATENCY_HALF_MS;
}

static void empty(struct orch_latency *latency, unsigned half) {
    memset(latency->counts[half], 0, sizeof latency->counts[half]);
    latency->total[half] = 0;
}

void orch_latency_add(struct orch_latency *latency, uint64_t us, uint64_t now_ms) {
    if (is_over(latency, now_ms, 2))
        empty(latency, latency->half);
    if (is_over(latency, now_ms, 1)) {
        latency->half = 1 - latency->half;
        latency->begun_ms = now_ms;
        empty(latency, latency->half);
    }
    if (latency->total[latency->half] == UINT32_MAX)
        return;
    latency->counts[latency->half][bucket_of(us)]++;
    latency->total[latency->half]++;
}

/* Which halves count at that time: the one being filled lasts two periods, the other one. */
static bool counts(const struct orch_latency *latency, unsigned half, uint64_t now_ms) {
    return !is_over(latency, now_ms, half == latency->half ? 2 : 1);
}

uint64_t orch_latency_count(const struct orch_latency *latency, uint64_t now_ms) {
    uint64_t count = 0;
    for (unsigned half = 0; half < 2; half++)
        count += counts(latency, half, now_ms) ? latency->total[half] : 0;
    return count;
}

uint64_t orch_latency_percentile(const struct orch_latency *latency, unsigned percent,
                                 uint64_t now_ms) {
    uint64_t count = orch_latency_count(latency, now_ms);
    uint64_t wanted = (count * percent + 99) / 100;
    uint64_t seen = 0;
    for (unsigned bucket = 0; count > 0 && bucket < ORCH_LATENCY_BUCKETS; bucket++) {
        for (unsigned half = 0; half < 2; half++)
            seen += counts(latency, half, now_ms) ? latency->counts[half][bucket] : 0;
        if (seen >= wanted && seen > 0)
            return end_of(bucket);
    }
    return 0;
}
