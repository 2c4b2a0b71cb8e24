/* SPDX-License-Identifier: MIT */
/* latency.h - how long answers take, in a fixed amount of memory. Layer: orchestrator. Includes:
 * base. */
#ifndef ORCH_LATENCY_H
#define ORCH_LATENCY_H

#include <stdint.h>

enum {
    ORCH_LATENCY_BUCKETS = 264,    /* 8 for each power of two: an error of at most 1/8 */
    ORCH_LATENCY_HALF_MS = 300000, /* what counts is this half and the one before it */
};

/* All zero is an empty one. Values are microseconds; above about 9.5 hours they count as that. */
struct orch_latency {
    uint32_t counts[2][ORCH_LATENCY_BUCKETS];
    uint32_t total[2];
    uint64_t begun_ms; /* of the half that is being filled */
    unsigned half;     /* which one that is */
};

/* Counts do not overflow: at UINT32_MAX a half is full and takes no more. */
void orch_latency_add(struct orch_latency *latency, uint64_t us, uint64_t now_ms);

/* How many values count now. */
uint64_t orch_latency_count(const struct orch_latency *latency, uint64_t now_ms);

/* The least value that `percent` of 100 of the values do not exceed, rounded up to its bucket's
 * end; 0 when there are none. */
uint64_t orch_latency_percentile(const struct orch_latency *latency, unsigned percent,
                                 uint64_t now_ms);

#endif
