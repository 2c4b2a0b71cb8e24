/* SPDX-License-Identifier: MIT */
/* client_watch.c - to be told of changes, and again after a drop. Pure: no I/O, no clock, no log.
 */
#include <string.h>

#include "client/client_core.h"
#include "protocol/meta.h"

/* A step of a linear congruential generator: jitter needs no more. */
static uint64_t next_random(struct mcp_client *client) {
    client->jitter = client->jitter * 6364136223846793005U + 1442695040888963407U;
    return client->jitter >> 16;
}

static bool has_change(const struct mcp_client *client, const char *feature) {
    const json_t *capabilities = json_object_get(client->hello, "capabilities");
    return json_is_true(json_object_get(json_object_get(capabilities, feature), "listChanged"));
}

/* What the owner wants and the server has. */
static json_t *filter_of(const struct mcp_client *client) {
    const struct {
        bool is_wanted;
        const char *feature;
        const char *member;
    } rows[] = {
        {client->wants.tools, "tools", "toolsListChanged"},
        {client->wants.prompts, "prompts", "promptsListChanged"},
        {client->wants.resources, "resources", "resourcesListChanged"},
    };
    json_t *filter = json_object();
    for (size_t i = 0; i < MCP_COUNT(rows); i++)
        if (rows[i].is_wanted && has_change(client, rows[i].feature) &&
            json_object_set_new(filter, rows[i].member, json_true()) != 0) {
            json_decref(filter);
            return NULL;
        }
    return filter;
}

/* A break on the way, or the server's own end of it, as opposed to a no. */
static bool is_drop(const struct mcp_reply *reply) {
    return reply->code == MCP_OK ||
           (reply->rpc_error == NULL && (reply->code == MCP_E_PEER || reply->code == MCP_E_IO));
}

static void on_listen_end(const struct mcp_reply *reply, void *user) {
    struct mcp_client *client = user;
    client->listen_token = 0;
    client->listen_due_ms = 0;
    if (client->state != MCP_CLIENT_READY)
        return;
    client->is_listen_wanted = is_drop(reply);
    if (client->is_listen_wanted && client->options.on_wake != NULL)
        client->options.on_wake(client->options.user);
    else if (reply->code != MCP_OK && reply->code != MCP_E_CANCELLED)
        mcp_client_core_ignore(client, reply->err);
}

static void open_listen(struct mcp_client *client) {
    json_auto_t *filter = filter_of(client);
    json_auto_t *params = NULL;
    client->is_listen_wanted = false;
    client->listen_due_ms = 0;
    if (json_object_size(filter) == 0)
        return;
    params = json_pack("{s:O}", "notifications", filter);
    if (params == NULL)
        return;
    const struct mcp_client_outgoing outgoing = {
        .method = "subscriptions/listen", .params = params, .deadline_ms = UINT64_MAX};
    client->listen_token =
        mcp_client_core_request(client, &outgoing, client->on_listen_end, client);
}

void mcp_client_watch(struct mcp_client *client, const struct mcp_client_changes *changes) {
    client->wants = *changes;
    if (client->state != MCP_CLIENT_READY || !mcp_client_is_modern(client))
        return; /* a legacy server tells of its own accord */
    client->on_listen_end = on_listen_end;
    mcp_client_cancel(client, client->listen_token);
    client->has_listened = false;
    mcp_backoff_init(&client->listen_backoff, 0, 0, 0);
    open_listen(client);
}

uint64_t mcp_client_watch_tick(struct mcp_client *client, uint64_t now_ms) {
    if (!client->is_listen_wanted || client->state != MCP_CLIENT_READY)
        return UINT64_MAX;
    if (client->listen_due_ms == 0)
        client->listen_due_ms = mcp_client_add_ms(
            now_ms, 1 + mcp_backoff_next(&client->listen_backoff, next_random(client)));
    if (now_ms < client->listen_due_ms)
        return client->listen_due_ms;
    open_listen(client);
    return UINT64_MAX;
}

static bool is_of_this_listen(const struct mcp_client *client, const json_t *params) {
    const json_t *id = json_object_get(json_object_get(params, "_meta"), MCP_META_SUBSCRIPTION);
    const struct mcp_client_request *request = mcp_client_core_find(client, client->listen_token);
    return id == NULL || (request != NULL && json_is_integer(id) &&
                          (uint64_t)json_integer_value(id) == request->id);
}

bool mcp_client_watch_takes(struct mcp_client *client, const char *method, const json_t *params) {
    if (!is_of_this_listen(client, params))
        return true;
    if (strcmp(method, "notifications/subscriptions/acknowledged") != 0)
        return false;
    mcp_backoff_reset(&client->listen_backoff);
    if (client->has_listened && client->options.on_gap != NULL)
        client->options.on_gap(client->options.user);
    client->has_listened = true;
    return true;
}
