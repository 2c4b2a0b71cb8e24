/* SPDX-License-Identifier: MIT */
/* client.c - see mcp/client.h. Pure: no I/O, no clock, no log. */
#include "mcp/client.h"

#include <assert.h>
#include <inttypes.h>

#include "client/client_core.h"
#include "client/peer_text.h"
#include "mcp/alloc.h"

static size_t or_default(size_t value, size_t otherwise) {
    return value != 0 ? value : otherwise;
}

static enum mcp_code copy_options(struct mcp_client *client,
                                  const struct mcp_client_options *options, struct mcp_err *err) {
    client->options = *options;
    client->options.max_in_flight = or_default(options->max_in_flight, MCP_CLIENT_MAX_IN_FLIGHT);
    client->options.max_message_bytes =
        or_default(options->max_message_bytes, MCP_CLIENT_MAX_MESSAGE_BYTES);
    if (options->offer == MCP_VERSION_NONE)
        client->options.offer = MCP_VERSION_NEWEST_LEGACY;
    if (mcp_version_info(client->options.offer)->is_modern)
        return MCP_FAIL(err, MCP_E_INVALID, "revision \"%s\" has no initialize: offer at most %s",
                        mcp_version_text(client->options.offer),
                        mcp_version_text(MCP_VERSION_NEWEST_LEGACY));
    client->name = mcp_strdup(options->name);
    client->version = mcp_strdup(options->version);
    client->capabilities =
        options->capabilities != NULL ? json_deep_copy(options->capabilities) : json_object();
    if (client->name == NULL || client->version == NULL || client->capabilities == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a client");
    return MCP_OK;
}

static enum mcp_code build(struct mcp_client *client, const struct mcp_client_options *options,
                           struct mcp_err *err) {
    MCP_TRY(copy_options(client, options, err));
    MCP_TRY(mcp_pending_new(client->options.max_in_flight, &client->pending, err));
    mcp_client_core_listen(client);
    return MCP_OK;
}

enum mcp_code mcp_client_new(const struct mcp_client_options *options, struct mcp_link *link,
                             struct mcp_client **out_client, struct mcp_err *err) {
    assert(options->name != NULL && options->version != NULL);
    struct mcp_client *client = mcp_alloc(sizeof *client);
    if (client == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a client");
    client->link = link;
    enum mcp_code code = build(client, options, err);
    if (code != MCP_OK)
        mcp_client_free(client);
    else
        *out_client = client;
    return code;
}

void mcp_client_free(struct mcp_client *client) {
    if (client == NULL)
        return;
    client->state = MCP_CLIENT_DOWN;
    mcp_client_core_stop_link(client);
    if (client->pending != NULL) {
        struct mcp_err err = {0};
        (void)MCP_FAIL(&err, MCP_E_CANCELLED, "the connection was closed by its owner");
        mcp_client_core_fail_all(client, &err);
    }
    mcp_pending_free(client->pending);
    json_decref(client->initialize_result);
    json_decref(client->capabilities);
    mcp_free(client->version);
    mcp_free(client->name);
    mcp_free(client);
}

static enum mcp_code check_member(const json_t *result, const char *key, struct mcp_err *err) {
    const json_t *value = json_object_get(result, key);
    if (value != NULL && !json_is_object(value))
        return MCP_FAIL(err, MCP_E_PEER, "\"%s\" is %s, expected an object", key,
                        mcp_json_type_name(value));
    return MCP_OK;
}

static enum mcp_code accept_result(struct mcp_client *client, const json_t *result,
                                   struct mcp_err *err) {
    const json_t *answered = json_object_get(result, "protocolVersion");
    if (!json_is_string(answered))
        return MCP_FAIL(err, MCP_E_PEER, "the result has no string \"protocolVersion\"");
    enum mcp_version version = mcp_version_parse(mcp_json_str(answered));
    if (version == MCP_VERSION_NONE || mcp_version_info(version)->is_modern)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                        "the server answers with revision \"%s\": %s to %s are supported",
                        mcp_peer_text(mcp_json_str(answered)).text,
                        mcp_version_text(MCP_VERSION_OLDEST),
                        mcp_version_text(MCP_VERSION_NEWEST_LEGACY));
    MCP_TRY(check_member(result, "capabilities", err));
    MCP_TRY(check_member(result, "serverInfo", err));
    client->initialize_result = json_deep_copy(result);
    if (client->initialize_result == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for the answer to initialize");
    client->agreed = version;
    return mcp_client_core_notify(client, "notifications/initialized", NULL, err);
}

static void end_connect(struct mcp_client *client, const struct mcp_reply *reply) {
    if (reply->code != MCP_OK) {
        client->state = MCP_CLIENT_DOWN;
        mcp_client_core_stop_link(client);
    }
    client->on_connected(reply, client->connect_user);
}

static void on_initialized(const struct mcp_reply *reply, void *user) {
    struct mcp_client *client = user;
    struct mcp_err err = {0};
    if (reply->code != MCP_OK) {
        end_connect(client, reply);
        return;
    }
    if (accept_result(client, reply->result, &err) != MCP_OK) {
        (void)mcp_err_at(&err, err.code, "initialize");
        end_connect(client, &(struct mcp_reply){.code = err.code, .err = &err});
        return;
    }
    if (client->state == MCP_CLIENT_DOWN) { /* the link broke under notifications/initialized */
        (void)mcp_err_at(&client->down, client->down.code, "initialize");
        end_connect(client, &(struct mcp_reply){.code = client->down.code, .err = &client->down});
        return;
    }
    client->state = MCP_CLIENT_READY;
    client->link->ops->ready(client->link, mcp_version_text(client->agreed));
    end_connect(client, reply);
}

static enum mcp_code start(struct mcp_client *client, json_t **out_params, struct mcp_err *err) {
    if (client->state != MCP_CLIENT_IDLE)
        return MCP_FAIL(err, MCP_E_STATE, "connect works once in the life of a connection");
    *out_params =
        json_pack("{s:s, s:O, s:{s:s, s:s}}", "protocolVersion",
                  mcp_version_text(client->options.offer), "capabilities", client->capabilities,
                  "clientInfo", "name", client->name, "version", client->version);
    if (*out_params == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for initialize");
    MCP_TRY(client->link->ops->start(client->link, &client->events, err));
    client->is_link_started = true;
    client->state = MCP_CLIENT_CONNECTING;
    return MCP_OK;
}

void mcp_client_connect(struct mcp_client *client, uint64_t now_ms, uint64_t timeout_ms,
                        mcp_reply_fn *on_done, void *user) {
    struct mcp_err err = {0};
    json_auto_t *params = NULL;
    if (start(client, &params, &err) != MCP_OK) {
        if (err.code != MCP_E_STATE)
            client->state = MCP_CLIENT_DOWN;
        on_done(&(struct mcp_reply){.code = err.code, .err = &err}, user);
        return;
    }
    client->on_connected = on_done;
    client->connect_user = user;
    const struct mcp_client_outgoing outgoing = {
        .method = "initialize",
        .params = params,
        .deadline_ms = mcp_client_add_ms(now_ms, timeout_ms),
        .timeout_ms = timeout_ms,
        .is_handshake = true,
    };
    (void)mcp_client_core_request(client, &outgoing, on_initialized, client);
}

/* NOLINTNEXTLINE(readability-function-size): the contract */
uint64_t mcp_client_request(struct mcp_client *client, const char *method, const json_t *params,
                            uint64_t now_ms, uint64_t timeout_ms, mcp_reply_fn *on_done,
                            void *user) {
    const struct mcp_client_outgoing outgoing = {
        .method = method,
        .params = params,
        .deadline_ms = mcp_client_add_ms(now_ms, timeout_ms),
        .timeout_ms = timeout_ms,
    };
    return mcp_client_core_request(client, &outgoing, on_done, user);
}

enum mcp_code mcp_client_notify(struct mcp_client *client, const char *method, const json_t *params,
                                struct mcp_err *err) {
    MCP_TRY(mcp_client_core_check_ready(client, err));
    return mcp_client_core_notify(client, method, params, err);
}

/* Tell both ends that nobody waits any more, then the caller. */
static void give_up(struct mcp_client *client, uint64_t id, struct mcp_client_request *request,
                    const struct mcp_err *why) {
    if (!request->is_handshake && client->state == MCP_CLIENT_READY) {
        json_auto_t *params =
            json_pack("{s:I, s:s}", "requestId", (json_int_t)id, "reason", why->what);
        enum mcp_code told =
            params != NULL ? mcp_client_core_notify(client, "notifications/cancelled", params, NULL)
                           : MCP_E_NOMEM;
        (void)told; /* a courtesy: the request ends here in any case */
    }
    client->link->ops->forget(client->link, id);
    mcp_client_core_fail(request, why);
}

void mcp_client_cancel(struct mcp_client *client, uint64_t token) {
    struct mcp_client_request *request = mcp_pending_take(client->pending, token);
    if (request == NULL)
        return;
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_CANCELLED, "cancelled by the caller");
    give_up(client, token, request, &err);
}

uint64_t mcp_client_tick(struct mcp_client *client, uint64_t now_ms) {
    for (;;) {
        uint64_t id = 0;
        struct mcp_client_request *request = mcp_pending_take_expired(client->pending, now_ms, &id);
        if (request == NULL)
            return mcp_pending_next_deadline(client->pending);
        struct mcp_err err = {0};
        (void)MCP_FAIL(&err, MCP_E_TIMEOUT, "no answer within %" PRIu64 " ms", request->timeout_ms);
        give_up(client, id, request, &err);
    }
}

bool mcp_client_is_ready(const struct mcp_client *client) {
    return client->state == MCP_CLIENT_READY;
}

size_t mcp_client_in_flight(const struct mcp_client *client) {
    return mcp_pending_count(client->pending);
}

uint64_t mcp_client_ignored(const struct mcp_client *client) {
    return client->ignored;
}

enum mcp_version mcp_client_version(const struct mcp_client *client) {
    return client->agreed;
}

const json_t *mcp_client_server_info(const struct mcp_client *client) {
    return json_object_get(client->initialize_result, "serverInfo");
}

const json_t *mcp_client_server_capabilities(const struct mcp_client *client) {
    return json_object_get(client->initialize_result, "capabilities");
}

const char *mcp_client_instructions(const struct mcp_client *client) {
    const char *text =
        json_string_value(json_object_get(client->initialize_result, "instructions"));
    return text != NULL ? text : "";
}
