/* SPDX-License-Identifier: MIT */
/* pending.c - see service.h: calls that wait for a worker. */
#include "database/request.h"
#include "database/service.h"
#include "database/worker.h"
#include "mcp/alloc.h"

static void free_pending(struct database_pending *pending) {
    if (pending == NULL)
        return;
    mcp_free(pending->text);
    json_decref(pending->arguments);
    mcp_free(pending);
}

static void free_pendingp(struct database_pending **pending) {
    free_pending(*pending);
}

static void cancel(void *user) {
    const struct database_pending *pending = user;
    database_pool_cancel(pending->service->pool, pending->ticket);
}

/* Nobody cancels any more once the call is finished: then the pending one may go. */
static void on_done(const struct database_reply *reply, void *user) {
    struct database_pending *pending = user;
    MCP_AUTO(mcp_result_deinit) struct mcp_result result = {0};
    struct mcp_err err = {0};
    if (reply->code != MCP_OK)
        mcp_call_fail(pending->call, reply->err);
    else if (pending->render(pending, reply, &result, &err) != MCP_OK)
        mcp_call_fail(pending->call, &err);
    else
        mcp_call_finish(pending->call, &result);
    free_pending(pending);
}

static enum mcp_code submit(struct database_pending *pending, const struct database_ask *ask,
                            struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(DATABASE_FRAME_BYTES - 1);
    if (ask->kind == DATABASE_JOB_QUERY)
        MCP_TRY(database_request_write(ask->options, mcp_str_of(ask->sql), &text, err));
    return database_pool_submit(
        pending->service->pool,
        &(struct database_task){ask->kind, mcp_buf_view(&text), on_done, pending}, &pending->ticket,
        err);
}

enum mcp_code database_pending_start(struct database_service *service, struct mcp_call *call,
                                     const struct database_ask *ask, struct mcp_err *err) {
    struct database_pending *pending MCP_AUTO(free_pendingp) = mcp_alloc(sizeof *pending);
    if (pending == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *pending = (struct database_pending){
        .service = service,
        .call = call,
        .text = mcp_strdup(ask->text),
        .arguments = ask->arguments != NULL ? json_deep_copy(ask->arguments) : NULL,
        .render = ask->render};
    if (pending->text == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(submit(pending, ask, err));
    uint64_t ticket = pending->ticket;
    mcp_call_keep(call);
    mcp_call_on_cancel(call, cancel, pending);
    (void)MCP_TAKE(pending);
    database_pool_go(service->pool, ticket);
    return MCP_PENDING;
}
