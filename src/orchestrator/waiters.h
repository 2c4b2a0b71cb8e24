/* SPDX-License-Identifier: MIT */
/* waiters.h - who waits for something of an upstream. Layer: orchestrator. Includes: upstream. */
#ifndef ORCH_WAITERS_H
#define ORCH_WAITERS_H

#include "orchestrator/upstream.h"

void orch_waiters_push(struct orch_waiter **list, struct orch_waiter *waiter);

/* Tell all in the order they came. A waiter's `done` may register new ones: they belong to the next
 * round. */
void orch_waiters_wake(struct orch_waiter **list, const struct mcp_err *why);

#endif
