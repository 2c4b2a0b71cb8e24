/* SPDX-License-Identifier: MIT */
/* admit.c - the eras, and the legacy one; see admit.h. */
#include "server/admit.h"

#include <string.h>

#include "protocol/meta.h"
#include "server/admit_modern.h"
#include "server/features.h"

/* What is told to sessions: all there is. */
enum { ALL_TOPICS = MCP_TOPIC_RESOURCE_LIST | MCP_TOPIC_TOOL_LIST | MCP_TOPIC_PROMPT_LIST };

static const struct mcp_str *version_header(const struct mcp_arrival *arrival) {
    if (arrival->carrier != MCP_CARRIER_STREAMABLE || arrival->http == NULL)
        return NULL;
    return mcp_http_find(arrival->http, MCP_STR("MCP-Protocol-Version"), NULL);
}

static bool is_legacy_version(struct mcp_str text) {
    enum mcp_version version = mcp_version_parse(text);
    return version != MCP_VERSION_NONE && !mcp_version_info(version)->is_modern;
}

enum mcp_version mcp_admit_era(const struct mcp_arrival *arrival, const json_t *params) {
    if (mcp_meta_is_modern(params))
        return MCP_VERSION_NEWEST;
    const struct mcp_str *version = version_header(arrival);
    if (version == NULL || is_legacy_version(*version))
        return MCP_VERSION_NONE;
    /* A version nobody knows, from the owner of a session: a legacy client's mistake. */
    bool is_unknown = mcp_version_parse(*version) == MCP_VERSION_NONE;
    return is_unknown && arrival->session_id.len > 0 ? MCP_VERSION_NONE : MCP_VERSION_NEWEST;
}

static bool is_modern(const struct mcp_arrival *arrival, const json_t *params) {
    return mcp_admit_era(arrival, params) != MCP_VERSION_NONE;
}

static struct mcp_session_key key_of(const struct mcp_arrival *arrival) {
    return (struct mcp_session_key){arrival->session_id, arrival->principal,
                                    (unsigned)arrival->carrier};
}

/* --- legacy --- */

static enum mcp_code check_head(const struct mcp_arrival *arrival, struct mcp_refusal *refusal) {
    const struct mcp_str *version = version_header(arrival);
    if (version != NULL && !is_legacy_version(*version))
        return mcp_refusal_because(refusal, MCP_FAULT_HTTP_REFUSED,
                                   "unsupported MCP-Protocol-Version; send the one that "
                                   "initialize agreed on",
                                   NULL);
    return MCP_OK;
}

static enum mcp_code check_session_named(const struct mcp_arrival *arrival,
                                         struct mcp_refusal *refusal) {
    if (arrival->session_id.len > 0)
        return MCP_OK;
    return mcp_refusal_because(refusal, MCP_FAULT_HTTP_REFUSED,
                               "no Mcp-Session-Id; send initialize first", NULL);
}

static enum mcp_code find_feature(struct mcp_call *call, struct mcp_refusal *refusal) {
    struct mcp_server *server = call->server;
    const char *name = call->message.method;
    const struct mcp_method *method =
        mcp_method_find(mcp_str_of(name), call->peer.version, MCP_SIDE_CLIENT);
    call->method = method;
    if (method != NULL && !method->is_notification &&
        mcp_method_is_offered(method, call->peer.version, server->capabilities))
        call->feature = mcp_feature_find(name);
    if (call->feature == NULL)
        return mcp_refusal_because(refusal, MCP_FAULT_METHOD_NOT_FOUND, "no method", name);
    return MCP_OK;
}

/* A session must not be initialized twice, nor one that is not there. */
static enum mcp_code admit_initialize(struct mcp_call *call, const struct mcp_arrival *arrival,
                                      struct mcp_refusal *refusal) {
    const struct mcp_session_key key = key_of(arrival);
    struct mcp_seat seat = {0};
    call->method =
        mcp_method_find(MCP_STR("initialize"), MCP_VERSION_NEWEST_LEGACY, MCP_SIDE_CLIENT);
    call->feature = mcp_feature_find("initialize");
    if (mcp_state_is_stopping(call->server->state)) {
        (void)MCP_FAIL(&refusal->cause, MCP_E_STATE, "the server is stopping");
        return mcp_refusal_of_state(refusal);
    }
    if (arrival->carrier == MCP_CARRIER_STREAMABLE && key.id.len == 0)
        return MCP_OK; /* makes one */
    if (mcp_state_seat(call->server->state, &key, arrival->now_ms, &seat, &refusal->cause) !=
        MCP_OK)
        return mcp_refusal_of_state(refusal);
    mcp_peer_unref(seat.peer);
    if (seat.phase != MCP_SESSION_NEW)
        return mcp_refusal_because(refusal, MCP_FAULT_INVALID_REQUEST,
                                   "the session is initialized already", NULL);
    return MCP_OK;
}

/* Before initialize only ping is answered. spec: lifecycle, initialization */
static enum mcp_code admit_early(struct mcp_call *call, struct mcp_refusal *refusal) {
    call->peer.version = MCP_VERSION_NEWEST_LEGACY; /* to know its methods by */
    MCP_TRY(find_feature(call, refusal));
    if (strcmp(call->message.method, "ping") == 0)
        return MCP_OK;
    return mcp_refusal_because(refusal, MCP_FAULT_INVALID_PARAMS,
                               "send initialize first, or _meta with a protocol version", NULL);
}

static enum mcp_code read_progress_token(struct mcp_call *call, struct mcp_refusal *refusal) {
    struct mcp_meta meta = {0};
    refusal->fault = MCP_FAULT_INVALID_PARAMS;
    MCP_TRY(mcp_meta_read(call->message.params, &meta, &refusal->cause));
    call->progress_token = meta.progress_token;
    return MCP_OK;
}

static enum mcp_code admit_legacy(struct mcp_call *call, const struct mcp_arrival *arrival,
                                  struct mcp_refusal *refusal) {
    const struct mcp_session_key key = key_of(arrival);
    struct mcp_seat seat = {0};
    MCP_TRY(check_head(arrival, refusal));
    if (strcmp(call->message.method, "initialize") == 0)
        return admit_initialize(call, arrival, refusal);
    MCP_TRY(check_session_named(arrival, refusal));
    if (mcp_state_enter(call->server->state, &key, arrival->now_ms, &call->entry, &seat,
                        &refusal->cause) != MCP_OK)
        return mcp_refusal_of_state(refusal);
    if (seat.phase == MCP_SESSION_NEW)
        return admit_early(call, refusal);
    call->box = seat.peer;
    call->peer = seat.peer->peer;
    MCP_TRY(find_feature(call, refusal));
    return read_progress_token(call, refusal);
}

enum mcp_code mcp_admit_request(struct mcp_call *call, const struct mcp_arrival *arrival,
                                struct mcp_refusal *refusal) {
    call->arrival = arrival;
    call->peer =
        (struct mcp_peer){.session_id = "", .principal = "", .capabilities = call->server->nothing};
    if (!is_modern(arrival, call->message.params))
        return admit_legacy(call, arrival, refusal);
    MCP_TRY(mcp_admit_modern(call, arrival, refusal));
    return find_feature(call, refusal);
}

/* --- notifications, answers, batches --- */

static void cancel_request(struct mcp_server *server, const struct mcp_arrival *arrival,
                           const json_t *params) {
    struct mcp_list cancelled;
    mcp_list_init(&cancelled);
    mcp_state_cancel(server->state, arrival->session_id, json_object_get(params, "requestId"),
                     &cancelled);
    struct mcp_inflight_entry *entry = mcp_inflight_take_cancelled(&cancelled);
    for (; entry != NULL; entry = mcp_inflight_take_cancelled(&cancelled))
        entry->ops->cancel(entry);
}

static void act(struct mcp_server *server, const struct mcp_arrival *arrival,
                const struct mcp_jsonrpc *message) {
    if (message->kind != MCP_JSONRPC_NOTIFICATION) {
        mcp_input_replied(server, arrival->session_id, message);
        return;
    }
    if (strcmp(message->method, "notifications/cancelled") == 0)
        cancel_request(server, arrival, message->params);
    if (strcmp(message->method, "notifications/initialized") == 0)
        mcp_state_ready(server->state, arrival->session_id, ALL_TOPICS);
}

/* Over HTTP a modern peer cancels by hanging up: another one's notification could name any id. */
static enum mcp_code admit_modern_notice(struct mcp_server *server,
                                         const struct mcp_arrival *arrival,
                                         const struct mcp_jsonrpc *message,
                                         struct mcp_refusal *refusal) {
    if (message->kind != MCP_JSONRPC_NOTIFICATION)
        return mcp_refusal_because(refusal, MCP_FAULT_INVALID_REQUEST,
                                   "answers are not expected in this revision", NULL);
    if (arrival->carrier != MCP_CARRIER_STREAMABLE)
        act(server, arrival, message);
    return MCP_OK;
}

/* A live session of the arrival's, by name. */
static enum mcp_code need_seat(struct mcp_server *server, const struct mcp_arrival *arrival,
                               struct mcp_seat *out_seat, struct mcp_refusal *refusal) {
    const struct mcp_session_key key = key_of(arrival);
    MCP_TRY(check_head(arrival, refusal));
    MCP_TRY(check_session_named(arrival, refusal));
    if (mcp_state_seat(server->state, &key, arrival->now_ms, out_seat, &refusal->cause) != MCP_OK)
        return mcp_refusal_of_state(refusal);
    return MCP_OK;
}

enum mcp_code mcp_admit_notice(struct mcp_server *server, const struct mcp_arrival *arrival,
                               const struct mcp_jsonrpc *message, struct mcp_refusal *refusal) {
    struct mcp_seat seat = {0};
    if (is_modern(arrival, message->params))
        return admit_modern_notice(server, arrival, message, refusal);
    MCP_TRY(need_seat(server, arrival, &seat, refusal));
    mcp_peer_unref(seat.peer);
    act(server, arrival, message);
    return MCP_OK;
}

enum mcp_code mcp_admit_batch(struct mcp_server *server, const struct mcp_arrival *arrival,
                              struct mcp_refusal *refusal) {
    struct mcp_seat seat = {0};
    bool allows_batch = false;
    if (!is_modern(arrival, NULL)) {
        MCP_TRY(need_seat(server, arrival, &seat, refusal));
        allows_batch = seat.peer != NULL && mcp_version_info(seat.peer->peer.version)->allows_batch;
        mcp_peer_unref(seat.peer);
    }
    if (!allows_batch)
        return mcp_refusal_because(refusal, MCP_FAULT_INVALID_REQUEST,
                                   "this revision has no batches", NULL);
    return MCP_OK;
}
