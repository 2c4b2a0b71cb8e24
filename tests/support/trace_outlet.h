/* SPDX-License-Identifier: MIT */
/* trace_outlet.h - an outlet that remembers what the engine told it, and whether it kept order. */
#ifndef TRACE_OUTLET_H
#define TRACE_OUTLET_H

#include <pthread.h>

#include "mcp/json.h"
#include "mcp/outlet.h"

enum { TRACE_MAX_SENT = 64 };

struct trace_outlet {
    struct mcp_outlet base;
    pthread_mutex_t lock; /* guards: all below; waits for ended */
    pthread_cond_t changed;
    size_t begun;
    size_t sent; /* messages; the first TRACE_MAX_SENT are kept */
    size_t ended;
    size_t in_use; /* calls now inside */
    char *messages[TRACE_MAX_SENT];
    size_t lengths[TRACE_MAX_SENT];
    const char *sin; /* the first broken promise, or NULL */
    /* Run by send before it returns, when not NULL: to act in the middle of a send. */
    void (*on_send)(struct trace_outlet *outlet, void *user);
    void *user;
    char session_id[64];
    enum mcp_outcome outcome;
    bool had_last;
    bool is_gone; /* set by a test: sends fail with CANCELLED */
};

void trace_outlet_init(struct trace_outlet *outlet);
void trace_outlet_deinit(struct trace_outlet *outlet);

/* Wait until the engine has ended the outlet, or sent `sent` messages; false after 5 seconds. */
bool trace_outlet_wait_end(struct trace_outlet *outlet);
bool trace_outlet_wait_sent(struct trace_outlet *outlet, size_t sent);

/* {"begin"?: OUTCOME, "session"?: ID, "sent": [...], "ended": N}: outcome in words, messages as
 * parsed JSON. NULL when a message does not parse. */
json_t *trace_outlet_json(const struct trace_outlet *outlet);

#endif
