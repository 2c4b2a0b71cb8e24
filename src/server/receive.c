/* SPDX-License-Identifier: MIT */
/* receive.c - the one door; see mcp/server.h. */
#include <assert.h>
#include <string.h>

#include "mcp/alloc.h"
#include "server/admit.h"
#include "server/batch.h"
#include "server/gate.h"

static void refuse_no_memory(struct mcp_server *server, struct mcp_outlet *outlet, const json_t *id,
                             enum mcp_version version) {
    struct mcp_refusal refusal = {.fault = MCP_FAULT_INTERNAL};
    mcp_refuse(server, outlet, id, version, &refusal);
}

static void receive_request(struct mcp_server *server, const struct mcp_arrival *arrival,
                            struct mcp_jsonrpc *message, struct mcp_outlet *outlet) {
    struct mcp_refusal refusal = {0};
    atomic_fetch_add_explicit(&server->requests, 1, memory_order_relaxed);
    struct mcp_call *call = mcp_call_new(server, message, outlet);
    if (call == NULL)
        refuse_no_memory(server, outlet, message->id, mcp_admit_era(arrival, message->params));
    else if (mcp_admit_request(call, arrival, &refusal) == MCP_OK)
        mcp_call_start(call);
    else
        mcp_call_refuse(call, &refusal);
}

static void receive_notice(struct mcp_server *server, const struct mcp_arrival *arrival,
                           const struct mcp_jsonrpc *message, struct mcp_outlet *outlet) {
    struct mcp_refusal refusal = {0};
    if (mcp_admit_notice(server, arrival, message, &refusal) == MCP_OK)
        mcp_accept(outlet);
    else
        mcp_refuse(server, outlet, NULL, mcp_admit_era(arrival, message->params), &refusal);
}

/* Takes `root`: a worker that gets the message must be the only one to hold it. */
static void receive_message(struct mcp_server *server, const struct mcp_arrival *arrival,
                            json_t *root, struct mcp_outlet *outlet) {
    struct mcp_jsonrpc message = {0};
    struct mcp_refusal refusal = {.fault = MCP_FAULT_INVALID_REQUEST};
    enum mcp_code code = mcp_jsonrpc_classify(root, &message, &refusal.cause);
    json_decref(root);
    if (code != MCP_OK)
        mcp_refuse(server, outlet, message.id,
                   mcp_admit_era(arrival, json_object_get(message.root, "params")), &refusal);
    else if (message.kind == MCP_JSONRPC_REQUEST)
        receive_request(server, arrival, &message, outlet);
    else
        receive_notice(server, arrival, &message, outlet);
    mcp_jsonrpc_deinit(&message);
}

/* --- batches --- */

static bool is_initialize(const json_t *root) {
    return mcp_str_equal(mcp_json_str(json_object_get(root, "method")), MCP_STR("initialize"));
}

static enum mcp_code check_batch(struct mcp_server *server, const struct mcp_arrival *arrival,
                                 const json_t *batch, struct mcp_refusal *refusal) {
    size_t count = json_array_size(batch);
    MCP_TRY(mcp_admit_batch(server, arrival, refusal));
    refusal->fault = MCP_FAULT_INVALID_REQUEST;
    if (count == 0)
        return MCP_FAIL(&refusal->cause, MCP_E_INVALID, "an empty batch");
    if (count > server->options.max_batch)
        return MCP_FAIL(&refusal->cause, MCP_E_INVALID, "more than %zu messages in a batch",
                        server->options.max_batch);
    for (size_t i = 0; i < count; i++)
        if (is_initialize(json_array_get(batch, i)))
            return MCP_FAIL(&refusal->cause, MCP_E_INVALID, "initialize stands alone");
    return MCP_OK;
}

static void receive_batch(struct mcp_server *server, const struct mcp_arrival *arrival,
                          json_t *messages, struct mcp_outlet *outlet) {
    struct mcp_refusal refusal = {0};
    size_t count = json_array_size(messages);
    if (check_batch(server, arrival, messages, &refusal) != MCP_OK) {
        mcp_refuse(server, outlet, NULL, mcp_admit_era(arrival, NULL), &refusal);
        return;
    }
    struct mcp_batch *batch = mcp_batch_new(outlet, count);
    if (batch == NULL) {
        refuse_no_memory(server, outlet, NULL, MCP_VERSION_NONE);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *message = json_incref(json_array_get(messages, i));
        (void)json_array_set_new(messages, i, json_null());
        receive_message(server, arrival, message, mcp_batch_outlet(batch, i));
    }
    mcp_batch_opened(batch);
}

static const json_t *params_of(const json_t *root) {
    return json_object_get(root, "params");
}

/* NULL when it has none that can be told. */
static const json_t *id_of(const json_t *root) {
    const json_t *id = json_object_get(root, "id");
    return json_is_string(id) || json_is_integer(id) ? id : NULL;
}

void mcp_server_receive(struct mcp_server *server, const struct mcp_arrival *arrival,
                        struct mcp_outlet *outlet) {
    assert(server->is_started);
    json_auto_t *root = NULL;
    struct mcp_refusal refusal = {0};
    mcp_alloc_budget_begin(server->options.request_memory_bytes);
    enum mcp_code code = mcp_json_parse(arrival->body, &root, &refusal.cause);
    mcp_alloc_budget_end();
    refusal.fault = mcp_fault_of(code, MCP_DURING_PARSE);
    if (code != MCP_OK)
        mcp_refuse(server, outlet, NULL, mcp_admit_era(arrival, NULL), &refusal);
    else if (mcp_gate_check(arrival, root, &refusal) != MCP_OK)
        mcp_refuse(server, outlet, id_of(root), mcp_admit_era(arrival, params_of(root)), &refusal);
    else if (json_is_array(root))
        receive_batch(server, arrival, root, outlet);
    else
        receive_message(server, arrival, MCP_TAKE(root), outlet);
}
