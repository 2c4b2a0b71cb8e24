/* SPDX-License-Identifier: MIT */
/* waiters.c - see waiters.h. A list. */
#include "orchestrator/waiters.h"

void orch_waiters_push(struct orch_waiter **list, struct orch_waiter *waiter) {
    waiter->next = NULL;
    while (*list != NULL)
        list = &(*list)->next;
    *list = waiter;
}

void orch_waiters_wake(struct orch_waiter **list, const struct mcp_err *why) {
    struct orch_waiter *waiter = *list;
    *list = NULL;
    while (waiter != NULL) {
        struct orch_waiter *next = waiter->next;
        waiter->done(waiter, why);
        waiter = next;
    }
}
