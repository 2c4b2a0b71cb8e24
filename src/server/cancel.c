/* SPDX-License-Identifier: MIT */
/* cancel.c - see cancel.h. */
#include "server/cancel.h"

#include <stddef.h>

void mcp_cancel_init(struct mcp_cancel *cancel) {
    *cancel = (struct mcp_cancel){0};
    (void)pthread_mutex_init(&cancel->lock, NULL);
    (void)pthread_cond_init(&cancel->done, NULL);
    atomic_init(&cancel->has_fired, false);
}

void mcp_cancel_deinit(struct mcp_cancel *cancel) {
    (void)pthread_cond_destroy(&cancel->done);
    (void)pthread_mutex_destroy(&cancel->lock);
}

/* With the lock; it is free while the listener runs. */
static void run(struct mcp_cancel *cancel) {
    mcp_cancel_fn *fn = cancel->fn;
    if (fn == NULL)
        return;
    cancel->fn = NULL;
    cancel->is_running = true;
    (void)pthread_mutex_unlock(&cancel->lock);
    fn(cancel->user);
    (void)pthread_mutex_lock(&cancel->lock);
    cancel->is_running = false;
    (void)pthread_cond_broadcast(&cancel->done);
}

void mcp_cancel_listen(struct mcp_cancel *cancel, mcp_cancel_fn *fn, void *user) {
    (void)pthread_mutex_lock(&cancel->lock);
    while (cancel->is_running)
        (void)pthread_cond_wait(&cancel->done, &cancel->lock);
    cancel->fn = fn;
    cancel->user = user;
    if (atomic_load(&cancel->has_fired))
        run(cancel);
    (void)pthread_mutex_unlock(&cancel->lock);
}

void mcp_cancel_fire(struct mcp_cancel *cancel) {
    (void)pthread_mutex_lock(&cancel->lock);
    if (!atomic_load(&cancel->has_fired)) {
        atomic_store(&cancel->has_fired, true);
        run(cancel);
    }
    (void)pthread_mutex_unlock(&cancel->lock);
}

bool mcp_cancel_has_fired(const struct mcp_cancel *cancel) {
    return atomic_load(&cancel->has_fired);
}
