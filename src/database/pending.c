/* SPDX-License-Identifier: MIT */
/* pending.c - see service.h: calls that wait for a worker. */
#include "database/service.h"
#include "mcp/alloc.h"

void database_pending_free(struct database_pending *pending) {
    if (pending == NULL)
        return;
    mcp_free(pending->text);
    mcp_free(pending);
}

static void cancel(void *user) {
    const struct database_pending *pending = user;
    database_pool_cancel(pending->service->pool, pending->ticket);
}

enum mcp_code database_pending_start(struct database_service *service, struct mcp_call *call,
                                     enum database_job_kind kind, struct mcp_str sql,
                                     const char *text, database_done_fn *on_done,
                                     struct mcp_err *err) {
    struct database_pending *pending = mcp_alloc(sizeof *pending);
    if (pending == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *pending = (struct database_pending){service, call, 0, mcp_strdup(text)};
    enum mcp_code code = pending->text != NULL
                             ? database_pool_submit(service->pool, kind, sql, on_done, pending,
                                                    &pending->ticket, err)
                             : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code != MCP_OK) {
        database_pending_free(pending);
        return code;
    }
    mcp_call_keep(call);
    mcp_call_on_cancel(call, cancel, pending);
    database_pool_go(service->pool, pending->ticket);
    return MCP_PENDING;
}
