/* SPDX-License-Identifier: MIT */
/* wait.h - a thread waits until the I/O thread has done N things. Layer: orchestrator. Includes:
 * base. */
#ifndef ORCH_WAIT_H
#define ORCH_WAIT_H

#include <pthread.h>
#include <stddef.h>

/* On the waiting caller's stack; the I/O thread must not touch it after the last `done`. */
struct orch_wait {
    pthread_mutex_t lock; /* guards: pending */
    pthread_cond_t all_done;
    size_t pending;
};

void orch_wait_init(struct orch_wait *wait, size_t pending);
void orch_wait_deinit(struct orch_wait *wait);
void orch_wait_done(struct orch_wait *wait); /* one of the N; any thread */
void orch_wait_for_all(struct orch_wait *wait);

#endif
