/* SPDX-License-Identifier: MIT */
/* client_connect.c - the handshake of either era. Pure: no I/O, no clock, no log. */
#include <stdio.h>
#include <string.h>

#include "client/client_core.h"
#include "client/peer_text.h"
#include "mcp/utf8.h"

/* --- what the server answers with ------------------------------------------------------------- */

static enum mcp_code check_member(const json_t *result, const char *key, struct mcp_err *err) {
    const json_t *value = json_object_get(result, key);
    if (value != NULL && !json_is_object(value))
        return MCP_FAIL(err, MCP_E_PEER, "\"%s\" is %s, expected an object", key,
                        mcp_json_type_name(value));
    return MCP_OK;
}

static enum mcp_code keep_hello(struct mcp_client *client, const json_t *result,
                                struct mcp_err *err) {
    json_t *hello = result != NULL ? json_deep_copy(result) : json_object();
    if (hello == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for the answer to the handshake");
    json_decref(client->hello);
    client->hello = hello;
    return MCP_OK;
}

enum mcp_code mcp_client_accept_legacy(struct mcp_client *client, const json_t *result,
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
    MCP_TRY(keep_hello(client, result, err));
    client->agreed = version;
    client->speaks = version;
    return mcp_client_core_notify(client, "notifications/initialized", NULL, err);
}

static enum mcp_code accept_modern(struct mcp_client *client, const json_t *result,
                                   struct mcp_err *err) {
    MCP_TRY(keep_hello(client, result, err));
    client->agreed = client->probe.version;
    client->speaks = client->agreed;
    return MCP_OK;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void end_connect(struct mcp_client *client, const struct mcp_reply *reply) {
    if (reply->code != MCP_OK) {
        client->state = MCP_CLIENT_DOWN;
        mcp_client_core_stop_link(client);
    }
    client->on_connected(reply, client->connect_user);
}

static void fail_connect(struct mcp_client *client, struct mcp_err *err, const char *method) {
    (void)mcp_err_at(err, err->code, "%s", method);
    end_connect(client, &(struct mcp_reply){.code = err->code, .err = err});
}

static int cut(const char *text) {
    enum { MAX_BYTES = 90 };
    size_t len = strnlen(text, MAX_BYTES);
    return (int)mcp_utf8_valid_prefix((struct mcp_str){text, len});
}

/* Of two transports that refused, which one is the cause is for the reader. */
static void give_up(struct mcp_client *client, const struct mcp_reply *reply) {
    struct mcp_err both = *reply->err;
    struct mcp_reply told = *reply;
    if (client->refused.code != MCP_OK && reply->rpc_error == NULL &&
        reply->code != MCP_E_CANCELLED) {
        (void)snprintf(both.what, sizeof both.what,
                       "neither Streamable HTTP (%.*s) nor HTTP+SSE (%.*s)",
                       cut(client->refused.what), client->refused.what, cut(reply->err->what),
                       reply->err->what);
        told.err = &both;
    }
    end_connect(client, &told);
}

/* There is no other transport after all: the refusal stands for itself. */
static enum mcp_code stay(struct mcp_client *client, const struct mcp_reply *reply) {
    client->refused = (struct mcp_err){0};
    give_up(client, reply);
    return MCP_OK;
}

static void become_ready(struct mcp_client *client, const struct mcp_reply *reply) {
    const char *method = mcp_client_is_modern(client) ? "server/discover" : "initialize";
    if (client->state == MCP_CLIENT_DOWN) { /* the link broke under notifications/initialized */
        fail_connect(client, &client->down, method);
        return;
    }
    client->state = MCP_CLIENT_READY;
    client->link->ops->ready(client->link, mcp_version_text(client->agreed));
    end_connect(client, &(struct mcp_reply){.code = MCP_OK,
                                            .result = reply->code == MCP_OK ? reply->result
                                                                            : client->hello});
}

/* --- one step after another ------------------------------------------------------------------- */

static enum mcp_code send_discover(struct mcp_client *client) {
    struct mcp_client_outgoing outgoing = {.method = "server/discover",
                                           .deadline_ms = client->connect_deadline_ms,
                                           .timeout_ms = client->connect_timeout_ms,
                                           .is_handshake = true};
    if (client->link->kind == MCP_LINK_PIPE && client->probe_deadline_ms < outgoing.deadline_ms) {
        outgoing.deadline_ms = client->probe_deadline_ms;
        outgoing.timeout_ms = client->options.probe_timeout_ms;
    }
    client->speaks = client->probe.version;
    client->link->status = 0; /* of nothing yet */
    (void)mcp_client_core_request(client, &outgoing, client->on_outcome, client);
    return MCP_OK;
}

enum mcp_code mcp_client_send_initialize(struct mcp_client *client, mcp_reply_fn *on_done,
                                         struct mcp_err *err) {
    json_auto_t *params =
        json_pack("{s:s, s:O, s:O}", "protocolVersion", mcp_version_text(client->options.offer),
                  "capabilities", client->capabilities, "clientInfo", client->info);
    if (params == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for initialize");
    const struct mcp_client_outgoing outgoing = {.method = "initialize",
                                                 .params = params,
                                                 .deadline_ms = client->connect_deadline_ms,
                                                 .timeout_ms = client->connect_timeout_ms,
                                                 .is_handshake = true};
    client->speaks = MCP_VERSION_NONE;
    client->link->status = 0;
    (void)mcp_client_core_request(client, &outgoing, on_done, client);
    return MCP_OK;
}

static enum mcp_code ask(struct mcp_client *client, enum mcp_era_step step, struct mcp_err *err) {
    return step == MCP_ERA_SEND_DISCOVER
               ? send_discover(client)
               : mcp_client_send_initialize(client, client->on_outcome, err);
}

static void take_step(struct mcp_client *client, enum mcp_era_step step,
                      const struct mcp_reply *reply) {
    struct mcp_err err = {0};
    enum mcp_code code = MCP_OK;
    switch (step) {
    case MCP_ERA_USE_OLDER:
        client->refused = *reply->err;
        code = client->link->ops->use_older(client->link, &err);
        if (code == MCP_OK)
            code = ask(client, MCP_ERA_SEND_INITIALIZE, &err);
        else if (code == MCP_E_UNSUPPORTED)
            code = stay(client, reply);
        break;
    case MCP_ERA_SEND_DISCOVER:
    case MCP_ERA_SEND_INITIALIZE:
        code = ask(client, step, &err);
        break;
    case MCP_ERA_IS_LEGACY:
        code = mcp_client_accept_legacy(client, reply->result, &err);
        if (code == MCP_OK)
            become_ready(client, reply);
        break;
    case MCP_ERA_IS_MODERN:
        code = accept_modern(client, reply->result, &err);
        if (code == MCP_OK)
            become_ready(client, reply);
        break;
    case MCP_ERA_IS_NEITHER:
        give_up(client, reply);
        break;
    }
    if (code != MCP_OK)
        fail_connect(client, &err,
                     client->probe.asked == MCP_ERA_SEND_DISCOVER ? "server/discover"
                                                                  : "initialize");
}

static void on_outcome(const struct mcp_reply *reply, void *user) {
    struct mcp_client *client = user;
    struct mcp_err err = {0};
    struct mcp_era_outcome outcome = {.code = reply->code,
                                      .result = reply->result,
                                      .rpc_error = reply->rpc_error,
                                      .http_status = client->link->status};
    if (client->state != MCP_CLIENT_CONNECTING) { /* the link is gone, or its owner */
        give_up(client, reply);
        return;
    }
    enum mcp_era_step step = mcp_era_next(&client->probe, &outcome, &err);
    if (step == MCP_ERA_IS_NEITHER && err.code != MCP_OK)
        fail_connect(client, &err, "server/discover");
    else
        take_step(client, step, reply);
}

/* --- the beginning ---------------------------------------------------------------------------- */

static enum mcp_code start(struct mcp_client *client, enum mcp_era_step *out_step,
                           struct mcp_err *err) {
    if (client->state != MCP_CLIENT_IDLE)
        return MCP_FAIL(err, MCP_E_STATE, "connect works once in the life of a connection");
    *out_step = mcp_era_begin(&client->probe, client->link->kind, client->options.era,
                              client->expected, err);
    if (*out_step == MCP_ERA_IS_NEITHER)
        return MCP_E_UNSUPPORTED;
    if (client->link->ops->use_older == NULL)
        client->probe.has_older = false;
    MCP_TRY(client->link->ops->start(client->link, &client->events, err));
    client->is_link_started = true;
    client->state = MCP_CLIENT_CONNECTING;
    return MCP_OK;
}

void mcp_client_connect(struct mcp_client *client, uint64_t now_ms, uint64_t timeout_ms,
                        mcp_reply_fn *on_done, void *user) {
    struct mcp_err err = {0};
    enum mcp_era_step step = MCP_ERA_IS_NEITHER;
    if (start(client, &step, &err) != MCP_OK) {
        if (err.code != MCP_E_STATE)
            client->state = MCP_CLIENT_DOWN;
        on_done(&(struct mcp_reply){.code = err.code, .err = &err}, user);
        return;
    }
    client->on_connected = on_done;
    client->on_outcome = on_outcome;
    client->connect_user = user;
    client->connect_timeout_ms = timeout_ms;
    client->connect_deadline_ms = mcp_client_add_ms(now_ms, timeout_ms);
    client->probe_deadline_ms = mcp_client_add_ms(now_ms, client->options.probe_timeout_ms);
    if (ask(client, step, &err) != MCP_OK)
        fail_connect(client, &err, "initialize");
}

void mcp_client_expect(struct mcp_client *client, enum mcp_client_era era) {
    client->expected = era;
}

enum mcp_client_era mcp_client_verdict(const struct mcp_client *client) {
    if (client->agreed != MCP_VERSION_NONE)
        return mcp_version_info(client->agreed)->is_modern ? MCP_ERA_MODERN : MCP_ERA_LEGACY;
    bool died_of_it = client->state == MCP_CLIENT_DOWN && client->down.code != MCP_OK &&
                      client->link->kind == MCP_LINK_PIPE && client->options.era == MCP_ERA_AUTO &&
                      client->probe.asked == MCP_ERA_SEND_DISCOVER;
    return died_of_it ? MCP_ERA_LEGACY : MCP_ERA_AUTO;
}
