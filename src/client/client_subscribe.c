/* SPDX-License-Identifier: MIT */
/* client_subscribe.c - resources of a legacy server to be told of. Pure: no I/O, no clock, no log.
 */
#include "client/client_core.h"

bool mcp_client_can_subscribe(const struct mcp_client *client) {
    const json_t *capabilities = json_object_get(client->hello, "capabilities");
    return json_is_true(json_object_get(json_object_get(capabilities, "resources"), "subscribe"));
}

static void want_tick(struct mcp_client *client) {
    client->is_subscribe_due = true;
    if (client->options.on_wake != NULL)
        client->options.on_wake(client->options.user);
}

void mcp_client_subscribe(struct mcp_client *client) {
    if (mcp_client_can_subscribe(client) &&
        json_object_size(client->watched) + json_object_size(client->subscribed) > 0)
        want_tick(client);
}

void mcp_client_subscribe_anew(struct mcp_client *client) {
    json_decref(client->subscribed);
    client->subscribed = NULL;
    mcp_client_subscribe(client);
}

static void on_done(const struct mcp_reply *reply, void *user) {
    struct mcp_client *client = user;
    if (reply->code != MCP_OK && client->state == MCP_CLIENT_READY)
        mcp_client_core_ignore(client, reply->err);
}

/* Callbacks may watch something else meanwhile: `uris` is ours. */
static void send_each(struct mcp_client *client, const char *method, const json_t *uris,
                      uint64_t now_ms) {
    for (size_t i = 0; i < json_array_size(uris); i++) {
        json_auto_t *params = json_pack("{s:O}", "uri", json_array_get(uris, i));
        const struct mcp_client_outgoing outgoing = {
            .method = method,
            .params = params,
            .deadline_ms = mcp_client_add_ms(now_ms, client->connect_timeout_ms),
            .timeout_ms = client->connect_timeout_ms};
        if (params != NULL && client->state == MCP_CLIENT_READY)
            (void)mcp_client_core_request(client, &outgoing, on_done, client);
    }
}

/* The keys of `all` that `without` has not; NULL is an allocation refused. */
static json_t *difference(json_t *all, const json_t *without) {
    const char *uri = NULL;
    json_t *value = NULL;
    json_t *uris = json_array();
    json_object_foreach(all, uri, value) {
        if (json_object_get(without, uri) == NULL &&
            json_array_append_new(uris, json_string(uri)) != 0) {
            json_decref(uris);
            return NULL;
        }
    }
    return uris;
}

void mcp_client_subscribe_tick(struct mcp_client *client, uint64_t now_ms) {
    if (!client->is_subscribe_due || client->state != MCP_CLIENT_READY ||
        client->renewal != MCP_CLIENT_RENEWAL_NONE)
        return;
    struct mcp_err err = {0};
    json_auto_t *gone = difference(client->subscribed, client->watched);
    json_auto_t *fresh = difference(client->watched, client->subscribed);
    json_t *subscribed = json_copy(client->watched);
    client->is_subscribe_due = false;
    if (gone == NULL || fresh == NULL || subscribed == NULL) {
        json_decref(subscribed);
        (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory for subscriptions");
        mcp_client_core_ignore(client, &err);
        return;
    }
    json_decref(client->subscribed);
    client->subscribed = subscribed;
    send_each(client, "resources/unsubscribe", gone, now_ms);
    send_each(client, "resources/subscribe", fresh, now_ms);
}
