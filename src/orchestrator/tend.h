/* SPDX-License-Identifier: MIT */
/* tend.h - bring servers back, and find out which are gone. Layer: orchestrator. Includes: call. */
#ifndef ORCH_TEND_H
#define ORCH_TEND_H

#include "orchestrator/call.h"

enum {
    ORCH_TEND_TICK_MS = 250, /* servers are looked at so often */
    ORCH_PING_MS = 5000,     /* a server that is alive answers within this, or its timeout */
    ORCH_TAIL_MS = 1000      /* what a child says is noted so often */
};

/*
 * One look at an upstream; the loop's thread. Down: connect again when its pause is over and its
 * breaker lets one pass. Up: traffic tells how it is; one that was silent for the hub's idle_ms
 * with nothing under way is asked (`ping`, or `server/discover` where there is no ping), and given
 * up when it does not answer.
 */
void orch_tend_one(struct orch_upstream *upstream, uint64_t now_ms);

#endif
