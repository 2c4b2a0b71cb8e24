/* SPDX-License-Identifier: MIT */
/* cancel.h - one cancellation, and who wants to hear of it. Layer: server. Includes: nothing. */
#ifndef SERVER_CANCEL_H
#define SERVER_CANCEL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef void(mcp_cancel_fn)(void *user);

/*
 * Fires at most once. The lock is not held while the listener runs; who replaces or clears the
 * listener waits for one that is running, so that what it uses may be freed afterwards.
 *   thread  any
 */
struct mcp_cancel {
    pthread_mutex_t lock; /* guards: fn, user, is_running */
    pthread_cond_t done;
    mcp_cancel_fn *fn;
    void *user;
    bool is_running;
    atomic_bool has_fired; /* written under the lock */
};

void mcp_cancel_init(struct mcp_cancel *cancel);
void mcp_cancel_deinit(struct mcp_cancel *cancel);

/* Run `fn(user)` when it fires; at once when it has fired. NULL: nobody listens any more. */
void mcp_cancel_listen(struct mcp_cancel *cancel, mcp_cancel_fn *fn, void *user);

void mcp_cancel_fire(struct mcp_cancel *cancel);
bool mcp_cancel_has_fired(const struct mcp_cancel *cancel);

#endif
