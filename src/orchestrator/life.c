/* SPDX-License-Identifier: MIT */
/* life.c - see life.h. */
#include "orchestrator/life.h"

#include <pthread.h>

#include "mcp/alloc.h"

enum phase { CLOSED, OPENING, OPEN, CLOSING };

struct orch_life {
    pthread_mutex_t lock; /* guards: everything below */
    pthread_cond_t changed;
    enum phase phase;
    bool is_reloading;     /* while OPEN */
    uint64_t era;          /* grows with every change of the configuration while OPEN */
    size_t inside;         /* calls that entered in this era and have not left */
    size_t inside_before;  /* in an earlier one */
    uint64_t failed_opens; /* how often opening failed, so that a waiter sees that it did */
    struct orch_error why; /* of the last failed opening */
};

static void lock(struct orch_life *life) {
    (void)pthread_mutex_lock(&life->lock);
}

static void unlock(struct orch_life *life) {
    (void)pthread_mutex_unlock(&life->lock);
}

enum mcp_code orch_life_new(struct orch_life **out_life, struct mcp_err *err) {
    struct orch_life *life = mcp_alloc(sizeof *life);
    if (life == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    (void)pthread_mutex_init(&life->lock, NULL);
    (void)pthread_cond_init(&life->changed, NULL);
    *out_life = life;
    return MCP_OK;
}

void orch_life_free(struct orch_life *life) {
    if (life == NULL)
        return;
    orch_error_deinit(&life->why);
    (void)pthread_cond_destroy(&life->changed);
    (void)pthread_mutex_destroy(&life->lock);
    mcp_free(life);
}

static void wait_while_busy(struct orch_life *life) {
    while (life->phase == OPENING || life->phase == CLOSING)
        (void)pthread_cond_wait(&life->changed, &life->lock);
}

static void wait_for_turn(struct orch_life *life) {
    while (life->phase == OPENING || life->phase == CLOSING || life->is_reloading)
        (void)pthread_cond_wait(&life->changed, &life->lock);
}

static void enter_phase(struct orch_life *life, enum phase phase) {
    life->phase = phase;
    (void)pthread_cond_broadcast(&life->changed);
}

enum orch_entry orch_life_enter(struct orch_life *life, uint64_t *out_era,
                                struct orch_error *error) {
    enum orch_entry entry = ORCH_ENTERED;
    lock(life);
    uint64_t failed_before = life->failed_opens;
    wait_while_busy(life);
    if (life->phase == OPEN) {
        life->inside++;
        *out_era = life->era;
    } else if (life->failed_opens != failed_before) {
        entry = ORCH_NOT_OPENED;
        orch_error_copy(&life->why, error);
    } else {
        entry = ORCH_MUST_OPEN;
        enter_phase(life, OPENING);
    }
    unlock(life);
    return entry;
}

void orch_life_leave(struct orch_life *life, uint64_t era) {
    lock(life);
    if (era == life->era)
        life->inside--;
    else
        life->inside_before--;
    (void)pthread_cond_broadcast(&life->changed);
    unlock(life);
}

void orch_life_opened(struct orch_life *life, uint64_t *out_era) {
    lock(life);
    life->inside++;
    *out_era = life->era;
    enter_phase(life, OPEN);
    unlock(life);
}

void orch_life_not_opened(struct orch_life *life, const struct orch_error *why) {
    lock(life);
    life->failed_opens++;
    orch_error_deinit(&life->why);
    orch_error_copy(why, &life->why);
    enter_phase(life, CLOSED);
    unlock(life);
}

bool orch_life_is_open(struct orch_life *life) {
    lock(life);
    bool is_open = life->phase == OPEN;
    unlock(life);
    return is_open;
}

bool orch_life_begin_load(struct orch_life *life) {
    lock(life);
    wait_for_turn(life);
    bool is_closed = life->phase == CLOSED;
    if (is_closed)
        enter_phase(life, OPENING);
    unlock(life);
    return is_closed;
}

void orch_life_loaded(struct orch_life *life) {
    lock(life);
    enter_phase(life, CLOSED);
    unlock(life);
}

bool orch_life_begin_reload(struct orch_life *life, bool *out_is_clear) {
    lock(life);
    wait_for_turn(life);
    bool is_open = life->phase == OPEN;
    *out_is_clear = life->inside_before == 0;
    life->is_reloading = is_open;
    if (!is_open)
        enter_phase(life, OPENING);
    unlock(life);
    return is_open;
}

void orch_life_reloaded(struct orch_life *life, bool has_changed) {
    lock(life);
    if (has_changed) {
        life->era++;
        life->inside_before += life->inside;
        life->inside = 0;
    }
    life->is_reloading = false;
    (void)pthread_cond_broadcast(&life->changed);
    unlock(life);
}

bool orch_life_begin_close(struct orch_life *life) {
    lock(life);
    wait_for_turn(life);
    bool is_open = life->phase == OPEN;
    if (is_open)
        enter_phase(life, CLOSING);
    unlock(life);
    return is_open;
}

void orch_life_wait_until_left(struct orch_life *life) {
    lock(life);
    while (life->inside + life->inside_before > 0)
        (void)pthread_cond_wait(&life->changed, &life->lock);
    unlock(life);
}

void orch_life_closed(struct orch_life *life) {
    lock(life);
    enter_phase(life, CLOSED);
    unlock(life);
}
