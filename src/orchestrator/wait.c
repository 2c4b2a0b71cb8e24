/* SPDX-License-Identifier: MIT */
/* wait.c - see wait.h. */
#include "orchestrator/wait.h"

#include <assert.h>

void orch_wait_init(struct orch_wait *wait, size_t pending) {
    (void)pthread_mutex_init(&wait->lock, NULL);
    (void)pthread_cond_init(&wait->all_done, NULL);
    wait->pending = pending;
}

void orch_wait_deinit(struct orch_wait *wait) {
    (void)pthread_cond_destroy(&wait->all_done);
    (void)pthread_mutex_destroy(&wait->lock);
}

void orch_wait_done(struct orch_wait *wait) {
    (void)pthread_mutex_lock(&wait->lock);
    assert(wait->pending > 0);
    wait->pending--;
    /* under the lock: the waiter may destroy the object as soon as it can take it */
    if (wait->pending == 0)
        (void)pthread_cond_signal(&wait->all_done);
    (void)pthread_mutex_unlock(&wait->lock);
}

void orch_wait_for_all(struct orch_wait *wait) {
    (void)pthread_mutex_lock(&wait->lock);
    while (wait->pending > 0)
        (void)pthread_cond_wait(&wait->all_done, &wait->lock);
    (void)pthread_mutex_unlock(&wait->lock);
}
