/* SPDX-License-Identifier: MIT */
/* client_receive.c - what comes from the server. Pure: no I/O, no clock, no log. */
#include <inttypes.h>
#include <string.h>

#include "client/client_ask.h"
#include "client/peer_text.h"
#include "mcp/alloc.h"
#include "mcp/jsonrpc.h"

/* The request an answer belongs to. Ours are integers: "1" is somebody else's. */
static struct mcp_client_request *request_of(const struct mcp_client *client, const json_t *id) {
    json_int_t value = json_integer_value(id);
    return json_is_integer(id) && value > 0 ? mcp_client_core_waiting(client, (uint64_t)value)
                                            : NULL;
}

static void ignore_answer(struct mcp_client *client, const json_t *id) {
    struct mcp_err err = {0};
    if (json_is_integer(id))
        (void)MCP_FAIL(&err, MCP_E_PEER,
                       "the answer to no request in flight: id %" JSON_INTEGER_FORMAT,
                       json_integer_value(id));
    else
        (void)MCP_FAIL(&err, MCP_E_PEER, "the answer to no request in flight: id \"%s\"",
                       mcp_peer_text(mcp_json_str(id)).text);
    mcp_client_core_ignore(client, &err);
}

/* The handshake reads its answers itself. */
static bool is_of_modern(const struct mcp_client_request *request) {
    return mcp_client_is_modern(request->client) && !request->is_handshake;
}

static void note_answer(const struct mcp_client_request *request) {
    if (!request->is_handshake)
        request->client->is_unproven = false;
}

static void take_result(struct mcp_client *client, const struct mcp_jsonrpc *message) {
    struct mcp_client_request *request = request_of(client, message->id);
    if (request == NULL) {
        ignore_answer(client, message->id);
        return;
    }
    note_answer(request);
    if (is_of_modern(request) && mcp_client_modern_result(request, message->result))
        return;
    mcp_client_core_answer(request, &(struct mcp_reply){.code = MCP_OK, .result = message->result});
}

static void take_error(struct mcp_client *client, const struct mcp_jsonrpc *message) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_PEER, "the server answers with error %" JSON_INTEGER_FORMAT ": %s",
                   json_integer_value(json_object_get(message->error, "code")),
                   mcp_peer_text(mcp_json_str(json_object_get(message->error, "message"))).text);
    struct mcp_client_request *request = request_of(client, message->id);
    if (request == NULL) {
        mcp_client_core_ignore(client, &err);
        return;
    }
    note_answer(request);
    if (is_of_modern(request) && mcp_client_modern_error(request, message->error))
        return;
    (void)mcp_err_at(&err, err.code, "%s", request->method);
    mcp_client_core_answer(
        request, &(struct mcp_reply){.code = err.code, .rpc_error = message->error, .err = &err});
}

/* Modern servers send none; one that is still being asked for its era may not be modern. */
static void take_server_request(struct mcp_client *client, const struct mcp_jsonrpc *message) {
    struct mcp_err err = {0};
    if (client->state != MCP_CLIENT_READY || !mcp_client_is_modern(client)) {
        mcp_client_ask_legacy(client, message->method, message->params, message->id);
        return;
    }
    (void)MCP_FAIL(&err, MCP_E_PEER, "a request of the server's, which revision %s has not: \"%s\"",
                   mcp_version_text(client->agreed),
                   mcp_peer_text(mcp_str_of(message->method)).text);
    mcp_client_core_ignore(client, &err);
}

static void take_notification(struct mcp_client *client, const struct mcp_jsonrpc *message) {
    if (strcmp(message->method, "notifications/cancelled") == 0)
        mcp_client_ask_withdraw(client, json_object_get(message->params, "requestId"));
    if (mcp_client_is_modern(client) &&
        mcp_client_watch_takes(client, message->method, message->params))
        return;
    if (client->options.on_notification != NULL)
        client->options.on_notification(client->options.user, message->method, message->params);
}

/* Not a JSON-RPC message. When it is meant as an answer to a request of ours, nothing better will
 * come for that one. */
static void take_malformed(struct mcp_client *client, const struct mcp_jsonrpc *message,
                           const struct mcp_err *why) {
    struct mcp_client_request *request = NULL;
    if (why->code == MCP_E_SCHEMA && json_object_get(message->root, "method") == NULL)
        request = request_of(client, message->id);
    if (request == NULL) {
        mcp_client_core_ignore(client, why);
        return;
    }
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_PEER, "a malformed answer: %s%s%s", why->where,
                   why->where[0] != '\0' ? ": " : "", why->what);
    mcp_client_core_fail(request, &err);
}

static void take_message(struct mcp_client *client, json_t *root) {
    MCP_AUTO(mcp_jsonrpc_deinit) struct mcp_jsonrpc message = {0};
    struct mcp_err err = {0};
    if (mcp_jsonrpc_classify(root, &message, &err) != MCP_OK) {
        take_malformed(client, &message, &err);
        return;
    }
    switch (message.kind) {
    case MCP_JSONRPC_RESULT:
        take_result(client, &message);
        return;
    case MCP_JSONRPC_ERROR:
        take_error(client, &message);
        return;
    case MCP_JSONRPC_REQUEST:
        take_server_request(client, &message);
        return;
    case MCP_JSONRPC_NOTIFICATION:
        take_notification(client, &message);
        return;
    }
}

/* Only one revision sends batches, but reading them from any costs nothing. */
static void take_batch(struct mcp_client *client, const json_t *batch) {
    struct mcp_err err = {0};
    size_t count = json_array_size(batch);
    if (count == 0 || count > MCP_CLIENT_MAX_BATCH) {
        (void)MCP_FAIL(&err, MCP_E_PEER, "a batch of %zu messages: 1 to %d are accepted", count,
                       MCP_CLIENT_MAX_BATCH);
        mcp_client_core_ignore(client, &err);
        return;
    }
    for (size_t i = 0; i < count && client->state != MCP_CLIENT_DOWN; i++)
        take_message(client, json_array_get(batch, i));
}

static enum mcp_code parse(const struct mcp_client *client, struct mcp_str frame, json_t **out,
                           struct mcp_err *err) {
    size_t max = client->options.max_message_bytes;
    if (frame.len > max)
        return MCP_FAIL(err, MCP_E_LIMIT, "a message of %zu bytes: at most %zu are accepted",
                        frame.len, max);
    mcp_alloc_budget_begin(max < SIZE_MAX / MCP_CLIENT_PARSE_FACTOR - MCP_CLIENT_PARSE_BYTES
                               ? max * MCP_CLIENT_PARSE_FACTOR + MCP_CLIENT_PARSE_BYTES
                               : SIZE_MAX);
    enum mcp_code code = mcp_json_parse(frame, out, err);
    mcp_alloc_budget_end();
    return code;
}

static void on_message(void *user, struct mcp_str frame) {
    struct mcp_client *client = user;
    if (client->state == MCP_CLIENT_DOWN)
        return;
    json_auto_t *root = NULL;
    struct mcp_err err = {0};
    if (parse(client, frame, &root, &err) != MCP_OK)
        mcp_client_core_ignore(client, &err);
    else if (json_is_array(root))
        take_batch(client, root);
    else
        take_message(client, root);
}

static void on_failed(void *user, uint64_t token, const struct mcp_err *err) {
    struct mcp_client *client = user;
    struct mcp_client_request *request = mcp_client_core_waiting(client, token);
    if (request != NULL)
        mcp_client_core_fail(request, err);
}

static bool is_waiting(void *user, uint64_t token) {
    const struct mcp_client *client = user;
    return mcp_client_core_waiting(client, token) != NULL;
}

static void on_down(void *user, const struct mcp_err *err) {
    mcp_client_core_go_down(user, err);
}

void mcp_client_core_listen(struct mcp_client *client) {
    client->events = (struct mcp_link_events){.on_message = on_message,
                                              .on_failed = on_failed,
                                              .is_waiting = is_waiting,
                                              .on_down = on_down,
                                              .user = client};
    mcp_client_renew_listen(client);
}
