/* SPDX-License-Identifier: MIT */
/* client_watch.c - to be told of changes, and again after a drop. Pure: no I/O, no clock, no log.
 */
#include <string.h>

#include "client/client_core.h"
#include "mcp/utf8.h"
#include "protocol/meta.h"

enum { LISTEN_HEALTHY_MS = 5000 }; /* a stream that lasted so long was a good one */

/* A step of a linear congruential generator: jitter needs no more. */
static uint64_t next_random(struct mcp_client *client) {
    client->jitter = client->jitter * 6364136223846793005U + 1442695040888963407U;
    return client->jitter >> 16;
}

static bool has_change(const struct mcp_client *client, const char *feature) {
    const json_t *capabilities = json_object_get(client->hello, "capabilities");
    return json_is_true(json_object_get(json_object_get(capabilities, feature), "listChanged"));
}

static int add_uris(const struct mcp_client *client, json_t *filter) {
    const char *uri = NULL;
    json_t *value = NULL;
    if (json_object_size(client->watched) == 0 || !mcp_client_can_subscribe(client))
        return 0;
    json_t *uris = json_array();
    json_object_foreach(client->watched, uri, value) {
        if (json_array_append_new(uris, json_string(uri)) != 0) {
            json_decref(uris);
            return -1;
        }
    }
    return json_object_set_new(filter, "resourceSubscriptions", uris);
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
    if (add_uris(client, filter) == 0)
        return filter;
    json_decref(filter);
    return NULL;
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

static void open_listen(struct mcp_client *client, uint64_t now_ms) {
    json_auto_t *filter = filter_of(client);
    json_auto_t *params = NULL;
    client->is_listen_wanted = false;
    client->listen_due_ms = 0;
    client->listen_up_ms = now_ms;
    client->is_listen_heard = false;
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

static enum mcp_code copy_uris(const char *const *uris, json_t **out_watched, struct mcp_err *err) {
    json_auto_t *watched = json_object();
    if (watched == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for what is watched");
    for (size_t i = 0; uris != NULL && uris[i] != NULL; i++) {
        if (mcp_utf8_valid_prefix(mcp_str_of(uris[i])) != strlen(uris[i]))
            return MCP_FAIL(err, MCP_E_INVALID, "URI number %zu is not UTF-8", i + 1);
        if (json_object_set_new(watched, uris[i], json_true()) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for what is watched");
        if (json_object_size(watched) > MCP_CLIENT_MAX_WATCHED)
            return MCP_FAIL(err, MCP_E_LIMIT, "more than %d resources to be told of",
                            MCP_CLIENT_MAX_WATCHED);
    }
    *out_watched = MCP_TAKE(watched);
    return MCP_OK;
}

enum mcp_code mcp_client_watch(struct mcp_client *client, const struct mcp_client_changes *changes,
                               struct mcp_err *err) {
    json_t *watched = NULL;
    MCP_TRY(mcp_client_core_check_ready(client, err));
    MCP_TRY(copy_uris(changes->uris, &watched, err));
    json_decref(client->watched);
    client->watched = watched;
    client->wants = *changes;
    client->wants.uris = NULL;
    if (!mcp_client_is_modern(client)) {
        mcp_client_subscribe(client);
        return MCP_OK;
    }
    client->on_listen_end = on_listen_end;
    mcp_client_cancel(client, client->listen_token);
    client->has_listened = false;
    mcp_backoff_init(&client->listen_backoff, 0, 0, LISTEN_HEALTHY_MS);
    open_listen(client, 0);
    return MCP_OK;
}

/* A stream that is cut as soon as it is open does not start over. */
static uint64_t decide_wait(struct mcp_client *client, uint64_t now_ms) {
    if (client->is_listen_heard)
        mcp_backoff_note(&client->listen_backoff, client->listen_up_ms, now_ms);
    return mcp_client_add_ms(now_ms,
                             1 + mcp_backoff_next(&client->listen_backoff, next_random(client)));
}

uint64_t mcp_client_watch_tick(struct mcp_client *client, uint64_t now_ms) {
    if (!client->is_listen_wanted || client->state != MCP_CLIENT_READY)
        return UINT64_MAX;
    if (client->listen_due_ms == 0)
        client->listen_due_ms = decide_wait(client, now_ms);
    if (now_ms < client->listen_due_ms)
        return client->listen_due_ms;
    open_listen(client, now_ms);
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
    client->is_listen_heard = true;
    if (client->has_listened && client->options.on_gap != NULL)
        client->options.on_gap(client->options.user);
    client->has_listened = true;
    return true;
}
