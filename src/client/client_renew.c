/* SPDX-License-Identifier: MIT */
/* client_renew.c - a new session for one the server forgot. Pure: no I/O, no clock, no log. */
#include <string.h>

#include "client/client_ask.h"

/* What may be done twice. A tool may not, whatever it says of itself. */
static bool is_idempotent(const char *method) {
    static const char *const names[] = {
        "ping",
        "tools/list",
        "prompts/list",
        "prompts/get",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "resources/subscribe",
        "resources/unsubscribe",
        "completion/complete",
        "logging/setLevel",
    };
    for (size_t i = 0; i < MCP_COUNT(names); i++)
        if (strcmp(method, names[i]) == 0)
            return true;
    return false;
}

static bool may_repeat(const struct mcp_client_request *request) {
    return request->text != NULL && !request->is_repeated && is_idempotent(request->method);
}

/* --- the loss --------------------------------------------------------------------------------- */

static struct mcp_client_request *first_not_held(const struct mcp_client *client) {
    struct mcp_client_request *request = client->first;
    while (request != NULL && request->is_held)
        request = request->next;
    return request;
}

/* What the callbacks send meanwhile is held at once. */
static void fail_the_rest(struct mcp_client *client, uint64_t refused_token) {
    struct mcp_client_request *request = NULL;
    while ((request = first_not_held(client)) != NULL) {
        struct mcp_err err = {0};
        (void)MCP_FAIL(&err, MCP_E_IO,
                       "the session was lost while it was under way: it may have been done");
        mcp_client_core_fail(request, request->id == refused_token ? &client->lost : &err);
    }
}

static void on_session_lost(void *user, uint64_t refused_token, const struct mcp_err *err) {
    struct mcp_client *client = user;
    if (client->state != MCP_CLIENT_READY || client->renewal != MCP_CLIENT_RENEWAL_NONE ||
        client->is_unproven) {
        mcp_client_core_go_down(client, err);
        return;
    }
    client->lost = *err;
    client->renewal = MCP_CLIENT_RENEWAL_WANTED;
    mcp_client_ask_forget(client, NULL);
    for (struct mcp_client_request *request = client->first; request != NULL;
         request = request->next) {
        request->is_held = may_repeat(request);
        request->is_repeated = request->is_held;
        request->is_paused = request->is_held;
    }
    fail_the_rest(client, refused_token);
    if (client->options.on_wake != NULL)
        client->options.on_wake(client->options.user);
}

/* --- the new session -------------------------------------------------------------------------- */

static struct mcp_client_request *oldest_held(const struct mcp_client *client) {
    struct mcp_client_request *oldest = NULL;
    for (struct mcp_client_request *request = client->first; request != NULL;
         request = request->next)
        if (request->is_held)
            oldest = request;
    return oldest;
}

static void resume(struct mcp_client *client) {
    struct mcp_client_request *request = NULL;
    client->renewal = MCP_CLIENT_RENEWAL_NONE;
    client->is_unproven = true;
    client->link->ops->ready(client->link, mcp_version_text(client->agreed));
    while (client->state == MCP_CLIENT_READY && (request = oldest_held(client)) != NULL) {
        request->is_held = false;
        mcp_client_core_resend(request, NULL);
    }
    if (client->state != MCP_CLIENT_READY)
        return;
    mcp_client_subscribe_anew(client);
    if (client->options.on_gap != NULL)
        client->options.on_gap(client->options.user);
}

static void fail(struct mcp_client *client, const struct mcp_err *why) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, why->code, "session lost, and no new one: %.180s", why->what);
    mcp_client_core_go_down(client, &err);
}

static void on_initialized(const struct mcp_reply *reply, void *user) {
    struct mcp_client *client = user;
    struct mcp_err err = {0};
    if (client->state != MCP_CLIENT_READY) /* the link is gone, or its owner */
        return;
    if (reply->code != MCP_OK)
        fail(client, reply->err);
    else if (mcp_client_accept_legacy(client, reply->result, &err) != MCP_OK)
        fail(client, &err);
    else if (client->state == MCP_CLIENT_READY) /* the link did not break under it */
        resume(client);
}

void mcp_client_renew_tick(struct mcp_client *client, uint64_t now_ms) {
    struct mcp_err err = {0};
    if (client->renewal != MCP_CLIENT_RENEWAL_WANTED || client->state != MCP_CLIENT_READY)
        return;
    client->renewal = MCP_CLIENT_RENEWAL_UNDER_WAY;
    client->connect_deadline_ms = mcp_client_add_ms(now_ms, client->connect_timeout_ms);
    if (mcp_client_send_initialize(client, on_initialized, &err) != MCP_OK)
        fail(client, &err);
}

void mcp_client_renew_listen(struct mcp_client *client) {
    client->events.on_session_lost = on_session_lost;
}
