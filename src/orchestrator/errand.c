/* SPDX-License-Identifier: MIT */
/* errand.c - see errand.h. */
#include "orchestrator/errand.h"

#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/call.h"
#include "orchestrator/wait.h"

/* One request under way, on the stack of who waits for it. */
struct errand {
    struct orch_waiter waiter; /* first: the callback's argument is the errand */
    struct orch_upstream *upstream;
    uint64_t since_ms;
    const char *method;
    const json_t *params;
    mcp_reply_fn *on_reply;
    uint64_t serial; /* of the connection in use */
    bool was_up;     /* it is older than the errand: it may be dead */
    bool is_renewed; /* a new one was asked for, which is done once */
    json_t *result;
    struct mcp_err err;
    struct orch_wait wait;
};

/* The server cannot have done it: it does not know the session any more, or only reads. */
static bool may_repeat(const struct errand *errand, const struct mcp_reply *reply) {
    bool is_read = strcmp(errand->method, "resources/read") == 0;
    bool is_lost =
        reply->code == MCP_E_IO || orch_upstream_is_gone(errand->upstream, errand->serial);
    bool is_safe = reply->code == MCP_E_STATE || (is_read && reply->code != MCP_OK && is_lost);
    return is_safe && reply->rpc_error == NULL && errand->was_up && !errand->is_renewed &&
           !orch_upstream_is_closing(errand->upstream);
}

static void on_reply(const struct mcp_reply *reply, void *user) {
    struct errand *errand = user;
    if (may_repeat(errand, reply)) {
        struct mcp_err why = *reply->err;
        errand->is_renewed = true;
        orch_upstream_suspect(errand->upstream, errand->serial, &why);
        orch_upstream_connect(errand->upstream, 0, UINT64_MAX, &errand->waiter);
        return;
    }
    size_t refused = mcp_alloc_refusals();
    if (reply->code != MCP_OK)
        errand->err = *orch_upstream_cause(errand->upstream, reply->err);
    else
        errand->result = json_deep_copy(reply->result); /* not shared between threads */
    if (reply->code == MCP_OK && (errand->result == NULL || mcp_alloc_refusals() != refused))
        (void)MCP_FAIL(&errand->err, MCP_E_NOMEM, "out of memory");
    orch_wait_done(&errand->wait);
}

static void on_ready(struct orch_waiter *waiter, const struct mcp_err *why) {
    struct errand *errand = (struct errand *)waiter;
    if (why != NULL) {
        errand->err = *why;
        orch_wait_done(&errand->wait);
        return;
    }
    errand->serial = orch_upstream_serial(errand->upstream);
    orch_call_send(errand->upstream, errand->method, errand->params,
                   orch_upstream_server(errand->upstream)->timeout_ms, errand->on_reply, errand);
}

static void start_errand(void *user) {
    struct errand *errand = user;
    errand->was_up = orch_upstream_dial(errand->upstream) != NULL;
    orch_upstream_connect(errand->upstream, 0, errand->since_ms, &errand->waiter);
}

enum mcp_code orch_errand_run(const struct orch_errand_order *order, json_t **out_result,
                              struct mcp_err *err) {
    struct errand errand = {.waiter = {.done = on_ready},
                            .upstream = order->upstream,
                            .since_ms = order->since_ms,
                            .on_reply = on_reply,
                            .method = order->method,
                            .params = order->params};
    orch_wait_init(&errand.wait, 1);
    enum mcp_code code =
        mcp_loop_post(orch_upstream_hub(order->upstream)->loop, start_errand, &errand, err);
    if (code == MCP_OK)
        orch_wait_for_all(&errand.wait);
    orch_wait_deinit(&errand.wait);
    if (code != MCP_OK)
        return code;
    if (errand.err.code != MCP_OK) {
        json_decref(errand.result);
        (void)MCP_FAIL(err, errand.err.code, "%s", errand.err.what);
        return mcp_err_at(err, errand.err.code, "%s", errand.err.where);
    }
    *out_result = errand.result;
    return MCP_OK;
}
