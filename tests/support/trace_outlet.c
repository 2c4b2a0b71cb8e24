/* SPDX-License-Identifier: MIT */
/* trace_outlet.c - see trace_outlet.h. Plain malloc: what a test remembers is no allocation of the
 * engine, and is never refused. */
#include "trace_outlet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct trace_outlet *of(struct mcp_outlet *outlet) {
    return (struct trace_outlet *)(void *)outlet;
}

static void enter(struct trace_outlet *trace, bool is_allowed, const char *sin) {
    (void)pthread_mutex_lock(&trace->lock);
    if (trace->sin == NULL && trace->in_use++ > 0)
        trace->sin = "two calls at a time";
    if (trace->sin == NULL && trace->ended > 0)
        trace->sin = "a call after end";
    if (trace->sin == NULL && !is_allowed)
        trace->sin = sin;
}

static void leave(struct trace_outlet *trace) {
    trace->in_use--;
    (void)pthread_cond_broadcast(&trace->changed);
    (void)pthread_mutex_unlock(&trace->lock);
}

static void begin(struct mcp_outlet *outlet, const struct mcp_opening *opening) {
    struct trace_outlet *trace = of(outlet);
    enter(trace, trace->begun == 0 && trace->sent == 0, "begin is not first");
    trace->begun++;
    trace->outcome = opening->outcome;
    size_t len = opening->session_id.len < 63 ? opening->session_id.len : 63;
    if (len > 0)
        memcpy(trace->session_id, opening->session_id.ptr, len);
    leave(trace);
}

static void keep(struct trace_outlet *trace, const struct mcp_str *parts, size_t count) {
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    char *text = malloc(len + 1);
    if (text == NULL)
        abort();
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0)
            memcpy(text + at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    text[at] = '\0';
    trace->messages[trace->sent] = text;
    trace->lengths[trace->sent] = len;
}

static enum mcp_code send_message(struct mcp_outlet *outlet, const struct mcp_str *parts,
                                  size_t count, bool is_last, struct mcp_err *err) {
    struct trace_outlet *trace = of(outlet);
    enter(trace, !trace->had_last, "a message after the last");
    if (trace->sent < TRACE_MAX_SENT)
        keep(trace, parts, count);
    trace->sent++;
    trace->had_last = is_last;
    bool is_gone = trace->is_gone;
    if (trace->on_send != NULL) {
        /* Still inside the call for everybody else, but able to be asked. */
        (void)pthread_mutex_unlock(&trace->lock);
        trace->on_send(trace, trace->user);
        (void)pthread_mutex_lock(&trace->lock);
    }
    leave(trace);
    return is_gone ? MCP_FAIL(err, MCP_E_CANCELLED, "the peer is gone") : MCP_OK;
}

static void end(struct mcp_outlet *outlet) {
    struct trace_outlet *trace = of(outlet);
    enter(trace, true, "");
    trace->ended++;
    leave(trace);
}

void trace_outlet_init(struct trace_outlet *outlet) {
    static const struct mcp_outlet_ops ops = {begin, send_message, end, NULL};
    *outlet = (struct trace_outlet){.base = {.ops = &ops}};
    (void)pthread_mutex_init(&outlet->lock, NULL);
    (void)pthread_cond_init(&outlet->changed, NULL);
}

void trace_outlet_deinit(struct trace_outlet *outlet) {
    for (size_t i = 0; i < outlet->sent && i < TRACE_MAX_SENT; i++)
        free(outlet->messages[i]);
    (void)pthread_cond_destroy(&outlet->changed);
    (void)pthread_mutex_destroy(&outlet->lock);
}

static bool wait_for(struct trace_outlet *outlet, const size_t *counter, size_t wanted) {
    struct timespec deadline;
    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 5;
    int code = 0;
    (void)pthread_mutex_lock(&outlet->lock);
    while (*counter < wanted && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&outlet->changed, &outlet->lock, &deadline);
    bool is_there = *counter >= wanted;
    (void)pthread_mutex_unlock(&outlet->lock);
    return is_there;
}

bool trace_outlet_wait_end(struct trace_outlet *outlet) {
    return wait_for(outlet, &outlet->ended, 1);
}

bool trace_outlet_wait_sent(struct trace_outlet *outlet, size_t sent) {
    return wait_for(outlet, &outlet->sent, sent);
}

json_t *trace_outlet_json(const struct trace_outlet *outlet) {
    static const char *const outcomes[] = {
        [MCP_OUTCOME_OK] = "ok",
        [MCP_OUTCOME_ACCEPTED] = "accepted",
        [MCP_OUTCOME_BAD_REQUEST] = "bad_request",
        [MCP_OUTCOME_FORBIDDEN] = "forbidden",
        [MCP_OUTCOME_NOT_FOUND] = "not_found",
        [MCP_OUTCOME_UNAVAILABLE] = "unavailable",
    };
    json_t *sent = json_array();
    for (size_t i = 0; i < outlet->sent && i < TRACE_MAX_SENT; i++) {
        json_t *message = NULL;
        const struct mcp_str text = {outlet->messages[i], outlet->lengths[i]};
        if (mcp_json_parse(text, &message, NULL) != MCP_OK) {
            json_decref(sent);
            return NULL;
        }
        (void)json_array_append_new(sent, message);
    }
    json_t *trace = json_object();
    if (outlet->begun > 0)
        (void)json_object_set_new(trace, "begin", json_string(outcomes[outlet->outcome]));
    if (outlet->session_id[0] != '\0')
        (void)json_object_set_new(trace, "session", json_string(outlet->session_id));
    (void)json_object_set_new(trace, "sent", sent);
    (void)json_object_set_new(trace, "ended", json_integer((json_int_t)outlet->ended));
    return trace;
}
