/* SPDX-License-Identifier: MIT */
/* client.c - see mcp/client.h. Pure: no I/O, no clock, no log. */
#include "mcp/client.h"

#include <assert.h>
#include <inttypes.h>

#include "client/client_ask.h"
#include "client/client_core.h"
#include "mcp/alloc.h"
#include "protocol/meta.h"

static size_t or_default(size_t value, size_t otherwise) {
    return value != 0 ? value : otherwise;
}

static enum mcp_code copy_options(struct mcp_client *client,
                                  const struct mcp_client_options *options, struct mcp_err *err) {
    client->options = *options;
    client->jitter = options->jitter_seed;
    client->options.max_in_flight = or_default(options->max_in_flight, MCP_CLIENT_MAX_IN_FLIGHT);
    client->options.max_message_bytes =
        or_default(options->max_message_bytes, MCP_CLIENT_MAX_MESSAGE_BYTES);
    if (options->offer == MCP_VERSION_NONE)
        client->options.offer = MCP_VERSION_NEWEST_LEGACY;
    if (mcp_version_info(client->options.offer)->is_modern)
        return MCP_FAIL(err, MCP_E_INVALID, "revision \"%s\" has no initialize: offer at most %s",
                        mcp_version_text(client->options.offer),
                        mcp_version_text(MCP_VERSION_NEWEST_LEGACY));
    if (options->probe_timeout_ms == 0)
        client->options.probe_timeout_ms = MCP_CLIENT_PROBE_MS;
    client->info = json_pack("{s:s, s:s}", "name", options->name, "version", options->version);
    client->tool_headers = json_object();
    if (client->info == NULL || client->tool_headers == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a client");
    return mcp_client_ask_declare(options, &client->capabilities, err);
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
    mcp_client_ask_forget(client, NULL);
    mcp_pending_free(client->pending);
    json_decref(client->hello);
    json_decref(client->watched);
    json_decref(client->subscribed);
    json_decref(client->tool_headers);
    json_decref(client->capabilities);
    json_decref(client->info);
    mcp_free(client);
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
    if (client->renewal != MCP_CLIENT_RENEWAL_NONE)
        return MCP_FAIL(err, MCP_E_STATE, "the session was lost; a new one is not there yet");
    return mcp_client_core_notify(client, method, params, err);
}

/* Over HTTP a modern request is cancelled by closing its exchange, which the link does. */
static bool tells_of_cancel(const struct mcp_client *client,
                            const struct mcp_client_request *request) {
    return !request->is_handshake && !request->is_paused && client->state == MCP_CLIENT_READY &&
           !(mcp_client_is_modern(client) && client->link->kind == MCP_LINK_HTTP);
}

/* Tell both ends that nobody waits any more, then the caller. */
static void give_up(struct mcp_client *client, struct mcp_client_request *request,
                    const struct mcp_err *why) {
    if (tells_of_cancel(client, request)) {
        json_auto_t *params =
            json_pack("{s:I, s:s}", "requestId", (json_int_t)request->id, "reason", why->what);
        enum mcp_code told =
            params != NULL ? mcp_client_core_notify(client, "notifications/cancelled", params, NULL)
                           : MCP_E_NOMEM;
        (void)told; /* a courtesy: the request ends here in any case */
    }
    client->link->ops->forget(client->link, request->id);
    mcp_client_core_fail(request, why);
}

void mcp_client_cancel(struct mcp_client *client, uint64_t token) {
    struct mcp_client_request *request = mcp_client_core_find(client, token);
    if (request == NULL)
        return;
    struct mcp_err err = {0};
    (void)mcp_pending_take(client->pending, request->id);
    (void)MCP_FAIL(&err, MCP_E_CANCELLED, "cancelled by the caller");
    give_up(client, request, &err);
}

static uint64_t expire(struct mcp_client *client, uint64_t now_ms) {
    for (;;) {
        struct mcp_client_request *request =
            mcp_pending_take_expired(client->pending, now_ms, NULL);
        if (request == NULL)
            return mcp_pending_next_deadline(client->pending);
        struct mcp_err err = {0};
        (void)MCP_FAIL(&err, MCP_E_TIMEOUT, "no answer within %" PRIu64 " ms", request->timeout_ms);
        give_up(client, request, &err);
    }
}

uint64_t mcp_client_tick(struct mcp_client *client, uint64_t now_ms) {
    uint64_t watch_ms = mcp_client_watch_tick(client, now_ms);
    mcp_client_renew_tick(client, now_ms);
    mcp_client_subscribe_tick(client, now_ms);
    uint64_t next_ms = expire(client, now_ms);
    return watch_ms < next_ms ? watch_ms : next_ms;
}

bool mcp_client_is_ready(const struct mcp_client *client) {
    return client->state == MCP_CLIENT_READY;
}

size_t mcp_client_in_flight(const struct mcp_client *client) {
    bool is_listening = client->listen_token != 0;
    return mcp_pending_count(client->pending) - is_listening;
}

uint64_t mcp_client_ignored(const struct mcp_client *client) {
    return client->ignored;
}

enum mcp_version mcp_client_version(const struct mcp_client *client) {
    return client->agreed;
}

const json_t *mcp_client_server_info(const struct mcp_client *client) {
    const json_t *meta = json_object_get(client->hello, "_meta");
    const json_t *info = json_object_get(meta, MCP_META_SERVER_INFO);
    return info != NULL ? info : json_object_get(client->hello, "serverInfo");
}

const json_t *mcp_client_server_capabilities(const struct mcp_client *client) {
    return json_object_get(client->hello, "capabilities");
}

const char *mcp_client_instructions(const struct mcp_client *client) {
    const char *text = json_string_value(json_object_get(client->hello, "instructions"));
    return text != NULL ? text : "";
}
