/* SPDX-License-Identifier: MIT */
/* call.c - a request's life; see call.h. */
#include "server/call.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "protocol/shape.h"
#include "server/reply.h"

static struct mcp_call *of_entry(struct mcp_inflight_entry *entry) {
    return (struct mcp_call *)(void *)entry; /* its first member */
}

static void hold(struct mcp_inflight_entry *entry) {
    mcp_call_ref(of_entry(entry));
}

static void cancel(struct mcp_inflight_entry *entry) {
    struct mcp_call *call = of_entry(entry);
    mcp_cancel_fire(&call->cancel);
    mcp_call_stop_waiting(call);
    mcp_call_unref(call);
}

struct mcp_call *mcp_call_new(struct mcp_server *server, struct mcp_jsonrpc *message,
                              struct mcp_outlet *outlet) {
    static const struct mcp_inflight_ops ops = {hold, cancel};
    struct mcp_call *call = mcp_alloc(sizeof *call);
    if (call == NULL)
        return NULL;
    atomic_init(&call->refs, 1);
    atomic_init(&call->is_kept, false);
    atomic_init(&call->is_settled, false);
    call->server = server;
    call->message = *message;
    *message = (struct mcp_jsonrpc){0};
    call->entry.ops = &ops;
    call->entry.id = call->message.id;
    call->entry.outlet = outlet;
    call->log_rank = -1;
    call->began_us = mcp_clock_now_us();
    mcp_channel_init(&call->channel, outlet);
    mcp_cancel_init(&call->cancel);
    return call;
}

void mcp_call_ref(struct mcp_call *call) {
    atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
}

void mcp_call_unref(struct mcp_call *call) {
    if (atomic_fetch_sub_explicit(&call->refs, 1, memory_order_acq_rel) > 1)
        return;
    mcp_cancel_deinit(&call->cancel);
    mcp_channel_deinit(&call->channel);
    mcp_jsonrpc_deinit(&call->message);
    mcp_peer_unref(call->box);
    mcp_free(call->principal);
    json_decref(call->values);
    mcp_blob_unref(call->whole);
    if (call->input != NULL)
        mcp_input_deinit(call->input);
    mcp_free(call->input);
    mcp_free(call);
}

/* --- the answer --- */

/* What a refusal says on the wire, and the outcome that goes with it. */
static enum mcp_outcome word(const struct mcp_refusal *refusal, enum mcp_version version,
                             struct mcp_rpc_error *out_error) {
    mcp_rpc_error_make(refusal->fault, version, &refusal->cause, out_error);
    if (!refusal->is_busy)
        return mcp_outcome_of_status(out_error->http_status);
    (void)snprintf(out_error->message, sizeof out_error->message, "%s", refusal->cause.what);
    return MCP_OUTCOME_UNAVAILABLE;
}

void mcp_refuse(struct mcp_server *server, struct mcp_outlet *outlet, const json_t *id,
                enum mcp_version version, struct mcp_refusal *refusal) {
    struct mcp_reply reply;
    struct mcp_rpc_error error;
    const struct mcp_opening opening = {.outcome = word(refusal, version, &error)};
    atomic_fetch_add_explicit(&server->errors, 1, memory_order_relaxed);
    mcp_metrics_count(&server->metrics,
                      &(struct mcp_metrics_request){.version = version, .code = error.code});
    mcp_reply_init(&reply);
    mcp_reply_error(&reply, id, &error, refusal->data);
    outlet->ops->begin(outlet, &opening);
    (void)outlet->ops->send(outlet, reply.parts, reply.count, true, NULL);
    outlet->ops->end(outlet);
    mcp_reply_deinit(&reply);
    json_decref(refusal->data);
    refusal->data = NULL;
}

void mcp_accept(struct mcp_outlet *outlet) {
    const struct mcp_opening opening = {.outcome = MCP_OUTCOME_ACCEPTED};
    outlet->ops->begin(outlet, &opening);
    outlet->ops->end(outlet);
}

/* Out of the table; then no one can cancel any more, and who was doing so has finished. */
static enum mcp_cancel_cause leave(struct mcp_call *call) {
    bool was_settled = atomic_exchange(&call->is_settled, true);
    assert(!was_settled);
    (void)was_settled;
    enum mcp_cancel_cause cause = mcp_state_leave(call->server->state, &call->entry);
    mcp_cancel_listen(&call->cancel, NULL, NULL);
    return cause;
}

static void send_off(struct mcp_call *call, enum mcp_outcome outcome,
                     const struct mcp_reply *reply) {
    const struct mcp_opening opening = {outcome, mcp_str_of(call->session_id)};
    const struct mcp_farewell farewell = {&opening, reply != NULL ? reply->parts : NULL,
                                          reply != NULL ? reply->count : 0,
                                          reply != NULL ? reply->shared : NULL};
    mcp_channel_finish(&call->channel, &farewell);
}

/* Before its peer hears of it: who then asks finds it counted. */
static void count(const struct mcp_call *call, int code) {
    struct mcp_metrics *metrics = &call->server->metrics;
    mcp_metrics_count(metrics,
                      &(struct mcp_metrics_request){call->method, call->peer.version, code});
    mcp_metrics_time(metrics, call->method, mcp_clock_now_us() - call->began_us);
}

static void say_error(struct mcp_call *call, const struct mcp_refusal *refusal) {
    struct mcp_reply reply;
    struct mcp_rpc_error error;
    enum mcp_outcome outcome = word(refusal, call->peer.version, &error);
    atomic_fetch_add_explicit(&call->server->errors, 1, memory_order_relaxed);
    count(call, error.code);
    mcp_reply_init(&reply);
    mcp_reply_error(&reply, call->message.id, &error, refusal->data);
    send_off(call, outcome, &reply);
    mcp_reply_deinit(&reply);
}

static void say_failure(struct mcp_call *call, const struct mcp_err *failure) {
    const struct mcp_feature_row *feature = call->feature;
    enum mcp_fault_context context = feature != NULL ? feature->context : MCP_DURING_REQUEST;
    struct mcp_refusal refusal = {.fault = mcp_fault_of(failure->code, context), .cause = *failure};
    size_t refused = mcp_alloc_refusals();
    if (feature != NULL && feature->explain != NULL)
        refusal.data = feature->explain(call, refusal.fault);
    if (mcp_alloc_refusals() != refused) { /* half an explanation is none */
        mcp_json_decref(&refusal.data);
        refusal.fault = MCP_FAULT_INTERNAL;
    }
    say_error(call, &refusal);
    json_decref(refusal.data);
}

/* The result as this peer's revision knows it. */
static enum mcp_code word_result(struct mcp_call *call, struct mcp_result *result,
                                 struct mcp_reply *reply, struct mcp_err *err) {
    if (call->whole != NULL)
        return mcp_reply_whole(reply, call->message.id, mcp_blob_view(call->whole), err);
    bool knows_head = call->head.len > 0 && json_object_size(result->members) == 0 &&
                      result->encoded[0].key != NULL &&
                      strcmp(result->encoded[0].key, "contents") == 0;
    if (knows_head)
        return mcp_reply_result(reply, call->message.id, result, call->head, err);
    const struct mcp_shape shape = {.method = call->method,
                                    .version = call->peer.version,
                                    .is_private = call->is_private,
                                    .ttl_ms = call->ttl_ms,
                                    .server_info = call->server->server_info};
    MCP_TRY(mcp_shape_result(result, &shape, err));
    return mcp_reply_result(reply, call->message.id, result, MCP_STR(""), err);
}

static enum mcp_code say_result(struct mcp_call *call, struct mcp_result *result,
                                struct mcp_err *err) {
    struct mcp_reply reply;
    mcp_reply_init(&reply);
    enum mcp_code code = word_result(call, result, &reply, err);
    if (code == MCP_OK) {
        count(call, MCP_METRICS_OK);
        send_off(call, MCP_OUTCOME_OK, &reply);
    }
    mcp_reply_deinit(&reply);
    return code;
}

void mcp_call_refuse(struct mcp_call *call, struct mcp_refusal *refusal) {
    (void)leave(call);
    say_error(call, refusal);
    json_decref(refusal->data);
    refusal->data = NULL;
    mcp_call_unref(call);
}

/* A peer that cancelled hears nothing; but a server that stops says so. */
static bool is_unheard(struct mcp_call *call) {
    if (leave(call) != MCP_CANCELLED_BY_PEER)
        return false;
    count(call, MCP_METRICS_CANCELLED);
    send_off(call, MCP_OUTCOME_ACCEPTED, NULL);
    return true;
}

void mcp_call_reject(struct mcp_call *call, const struct mcp_err *failure) {
    if (!is_unheard(call))
        say_failure(call, failure);
    mcp_call_unref(call);
}

void mcp_call_settle(struct mcp_call *call, struct mcp_result *result) {
    struct mcp_err err = {0};
    if (!is_unheard(call) && say_result(call, result, &err) != MCP_OK)
        say_failure(call, &err);
    mcp_result_deinit(result);
    mcp_call_unref(call);
}

/* The failure as a result, when the feature has one for it. */
static enum mcp_code absorb(struct mcp_call *call, const struct mcp_err *failure,
                            struct mcp_err *err) {
    MCP_AUTO(mcp_result_deinit) struct mcp_result result = {0};
    if (call->feature->absorb == NULL)
        return failure->code;
    MCP_TRY(call->feature->absorb(failure, &result, err));
    return say_result(call, &result, err);
}

/* A modern client is told what it would have to offer. */
static bool lacks_capability(const struct mcp_call *call, const struct mcp_err *failure) {
    return failure->code == MCP_E_UNSUPPORTED && call->input != NULL &&
           call->input->missing != NULL && mcp_version_info(call->peer.version)->is_modern;
}

static void say_lacking(struct mcp_call *call, const struct mcp_err *failure) {
    size_t refused = mcp_alloc_refusals();
    struct mcp_refusal refusal = {.fault = MCP_FAULT_MISSING_CAPABILITY,
                                  .data = mcp_rpc_data_capability(call->input->missing),
                                  .cause = *failure};
    if (mcp_alloc_refusals() != refused)
        refusal.fault = MCP_FAULT_INTERNAL;
    say_error(call, &refusal);
    json_decref(refusal.data);
}

void mcp_call_settle_failure(struct mcp_call *call, const struct mcp_err *failure) {
    struct mcp_err err = {0};
    bool is_heard = !is_unheard(call);
    if (is_heard && lacks_capability(call, failure))
        say_lacking(call, failure);
    else if (is_heard && absorb(call, failure, &err) != MCP_OK)
        say_failure(call, err.code != MCP_OK ? &err : failure);
    mcp_call_unref(call);
}

void mcp_call_answer(struct mcp_call *call, struct mcp_result *result) {
    const struct mcp_feature_row *feature = call->feature;
    struct mcp_err err = {0};
    if (feature->check == NULL || feature->check(call, result, &err) == MCP_OK) {
        mcp_call_settle(call, result);
        return;
    }
    mcp_result_deinit(result);
    mcp_call_settle_failure(call, &err);
}

void mcp_call_forget(struct mcp_call *call) {
    (void)atomic_exchange(&call->is_settled, true);
    count(call, MCP_METRICS_OK);
    (void)mcp_state_leave(call->server->state, &call->entry);
    mcp_call_unref(call);
}

/* --- running --- */

static void conclude(struct mcp_call *call, enum mcp_code code, struct mcp_result *result,
                     struct mcp_err *err) {
    bool is_kept = atomic_load(&call->is_kept);
    if (code == MCP_PENDING && is_kept) {
        mcp_call_unref(call); /* the keeper has its own reference, and answers */
        return;
    }
    if (is_kept) /* kept, but answered at once: nobody else will */
        mcp_call_unref(call);
    if (code == MCP_PENDING && call->input != NULL && json_object_size(call->input->asked) > 0) {
        mcp_call_ask(call);
        return;
    }
    if (code == MCP_PENDING)
        code = MCP_FAIL(err, MCP_E_BUG, "pending without being kept");
    err->code = code;
    if (code == MCP_OK)
        mcp_call_answer(call, result);
    else
        mcp_call_settle_failure(call, err);
}

static void run(void *arg) {
    struct mcp_call *call = arg;
    struct mcp_result result = {0};
    struct mcp_err err = {0};
    enum mcp_code code = call->feature->run(call, &result, &err);
    conclude(call, code, &result, &err);
    mcp_result_deinit(&result);
}

static void run_on_worker(void *arg) {
    const struct mcp_call *call = arg;
    atomic_fetch_sub_explicit(&call->server->worker_queue, 1, memory_order_relaxed);
    run(arg);
}

static void submit(struct mcp_call *call) {
    const struct mcp_executor *executor = &call->server->executor;
    struct mcp_refusal refusal = {.fault = MCP_FAULT_INTERNAL, .is_busy = true};
    atomic_fetch_add_explicit(&call->server->worker_queue, 1, memory_order_relaxed);
    if (executor->submit(executor->user, run_on_worker, call, &refusal.cause) != MCP_OK) {
        atomic_fetch_sub_explicit(&call->server->worker_queue, 1, memory_order_relaxed);
        mcp_call_refuse(call, &refusal);
    }
}

void mcp_call_rerun(struct mcp_call *call) {
    if (call->where == MCP_ON_WORKER && call->server->executor.submit != NULL)
        submit(call);
    else
        run(call);
}

static enum mcp_code enter(struct mcp_call *call, struct mcp_result *result, struct mcp_err *err) {
    MCP_TRY(call->feature->enter(call, result, err));
    return mcp_call_open_input(call, err);
}

void mcp_call_start(struct mcp_call *call) {
    struct mcp_result result = {0};
    struct mcp_err err = {0};
    enum mcp_code code = enter(call, &result, &err);
    err.code = code;
    call->arrival = NULL;
    if (code == MCP_PENDING)
        mcp_call_unref(call);
    else if (code != MCP_OK)
        mcp_call_reject(call, &err);
    else if (call->feature->run == NULL || call->is_answered)
        mcp_call_settle(call, &result);
    else
        mcp_call_rerun(call);
    mcp_result_deinit(&result);
}
