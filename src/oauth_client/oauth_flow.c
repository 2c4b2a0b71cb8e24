/* SPDX-License-Identifier: MIT */
/* oauth_flow.c - see oauth_flow.h. Pure: no I/O, no clock, no log. */
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/uri.h"
#include "oauth_client/oauth_challenge.h"
#include "oauth_client/oauth_discovery.h"
#include "oauth_client/oauth_flow_parts.h"
#include "oauth_client/oauth_record.h"
#include "oauth_client/oauth_request.h"
#include "oauth_client/oauth_response.h"
#include "oauth_client/oauth_scope.h"
#include "oauth_client/oauth_url.h"

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an authorization");
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* --- effects ---------------------------------------------------------------------------------- */

static enum mcp_code fetch_next_metadata(struct mcp_oauth_flow *flow, enum mcp_oauth_flow_step step,
                                         struct mcp_oauth_effect *out, struct mcp_err *err) {
    flow->step = step;
    return mcp_oauth_flow_fetch(flow, json_string_value(json_array_get(flow->urls, flow->url_at++)),
                                NULL, out, err);
}

/* --- metadata --------------------------------------------------------------------------------- */

static const char *resource_of(const struct mcp_oauth_flow *flow) {
    return text_of(flow->resource, "resource");
}

static const char *issuer_of(const struct mcp_oauth_flow *flow) {
    const json_t *issuers = json_object_get(flow->resource, "issuers");
    const char *wanted = flow->settings->issuer;
    for (size_t i = 0; wanted != NULL && i < json_array_size(issuers); i++)
        if (strcmp(json_string_value(json_array_get(issuers, i)), wanted) == 0)
            return wanted;
    return wanted == NULL ? json_string_value(json_array_get(issuers, 0)) : NULL;
}

static enum mcp_code ask_server(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                struct mcp_err *err) {
    const char *issuer = issuer_of(flow);
    if (issuer == NULL)
        return MCP_FAIL(err, MCP_E_DENIED,
                        "the server does not accept tokens of the configured issuer");
    json_decref(flow->urls);
    flow->urls = NULL;
    flow->url_at = 0;
    MCP_TRY(mcp_oauth_discovery_server_urls(issuer, flow->is_local, &flow->urls, err));
    return fetch_next_metadata(flow, MCP_OAUTH_FLOW_SERVER, out, err);
}

/* A server of 2025-03-26 is its own authorization server, and has no resource metadata. */
static enum mcp_code assume_resource(struct mcp_oauth_flow *flow, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf name = MCP_BUF_INIT(MCP_URI_MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf origin = MCP_BUF_INIT(MCP_URI_MAX_BYTES);
    const char *url = flow->settings->server_url;
    MCP_TRY(mcp_oauth_url_resource(url, &name, err));
    MCP_TRY(mcp_oauth_url_well_known(url, "", "", false, &origin, err));
    flow->resource = json_pack("{s:s, s:[s]}", "resource", name.data, "issuers", origin.data);
    return flow->resource != NULL ? MCP_OK : out_of_memory(err);
}

/* 4xx: not there. */
static bool is_absent(long status) {
    return status >= 400 && status < 500;
}

static enum mcp_code refuse_status(long status, struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_PEER, "HTTP %ld for OAuth metadata", status);
}

static enum mcp_code take_resource(struct mcp_oauth_flow *flow, long status, struct mcp_str body,
                                   struct mcp_oauth_effect *out, struct mcp_err *err) {
    bool is_last = flow->url_at == json_array_size(flow->urls);
    if (is_absent(status) && !is_last)
        return fetch_next_metadata(flow, MCP_OAUTH_FLOW_RESOURCE, out, err);
    if (is_absent(status))
        MCP_TRY(assume_resource(flow, err));
    else if (status != 200)
        return refuse_status(status, err);
    else
        MCP_TRY(mcp_oauth_discovery_judge_resource(body, &flow->resource, err));
    return ask_server(flow, out, err);
}

static enum mcp_code take_server(struct mcp_oauth_flow *flow, long status, struct mcp_str body,
                                 struct mcp_oauth_effect *out, struct mcp_err *err) {
    const struct mcp_oauth_discovery_wanted wanted = {
        .issuer = issuer_of(flow),
        .allows_local = flow->is_local,
        .needs_code = flow->settings->grant == MCP_OAUTH_GRANT_CODE,
    };
    if (is_absent(status) && flow->url_at < json_array_size(flow->urls))
        return fetch_next_metadata(flow, MCP_OAUTH_FLOW_SERVER, out, err);
    if (is_absent(status))
        return MCP_FAIL(err, MCP_E_NOT_FOUND,
                        "the authorization server publishes no metadata where it should be");
    if (status != 200)
        return refuse_status(status, err);
    MCP_TRY(mcp_oauth_discovery_judge_server(body, &wanted, &flow->server, err));
    if (!mcp_oauth_url_covers(resource_of(flow), flow->settings->server_url))
        return MCP_FAIL(err, MCP_E_DENIED,
                        "the resource metadata is about another server than the one dialled");
    flow->step = MCP_OAUTH_FLOW_LOAD;
    *out = (struct mcp_oauth_effect){.kind = MCP_OAUTH_EFFECT_LOAD, .issuer = wanted.issuer};
    return MCP_OK;
}

/* --- scopes ----------------------------------------------------------------------------------- */

/* What to ask for: with what was held, since a new token replaces the old one. */
static enum mcp_code choose_scope(struct mcp_oauth_flow *flow, struct mcp_err *err) {
    struct mcp_str challenged = mcp_json_str(json_object_get(flow->challenge, "scope"));
    struct mcp_str offered = mcp_json_str(json_object_get(flow->resource, "scope"));
    struct mcp_str known = mcp_json_str(json_object_get(flow->server, "scopes"));
    mcp_buf_clear(&flow->scope);
    if (flow->is_step_up)
        mcp_oauth_scope_add(&flow->scope, mcp_str_of(flow->held_scope));
    if (flow->settings->scope != NULL && !flow->is_step_up)
        mcp_oauth_scope_add(&flow->scope, mcp_str_of(flow->settings->scope));
    else
        mcp_oauth_scope_add(&flow->scope, challenged.len > 0 ? challenged : offered);
    if (flow->scope.len > 0 && flow->settings->grant == MCP_OAUTH_GRANT_CODE &&
        mcp_oauth_scope_has_all(known, MCP_STR("offline_access")))
        mcp_oauth_scope_add(&flow->scope, MCP_STR("offline_access"));
    return mcp_buf_finish(&flow->scope, err);
}

/* --- the person ------------------------------------------------------------------------------- */

static enum mcp_code receive(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                             struct mcp_err *err) {
    const char *fixed = flow->settings->redirect_uri;
    const char *earlier = text_of(json_object_get(flow->record, "client"), "redirect_uri");
    if (!flow->settings->has_person)
        return MCP_FAIL(err, MCP_E_DENIED,
                        "a person must authorize access to the server, and nobody can be asked");
    flow->step = MCP_OAUTH_FLOW_RECEIVE;
    *out = (struct mcp_oauth_effect){
        .kind = MCP_OAUTH_EFFECT_RECEIVE,
        .redirect_uri = fixed != NULL ? fixed : earlier,
        .may_change_redirect_uri = fixed == NULL,
    };
    return MCP_OK;
}

enum mcp_code mcp_oauth_flow_receiving(struct mcp_oauth_flow *flow, const char *redirect_uri,
                                       struct mcp_oauth_effect *out_effect, struct mcp_err *err) {
    if (flow->step != MCP_OAUTH_FLOW_RECEIVE)
        return MCP_FAIL(err, MCP_E_STATE, "nobody is to be redirected");
    mcp_free(flow->redirect_uri);
    flow->redirect_uri = mcp_strdup(redirect_uri);
    if (flow->redirect_uri == NULL)
        return out_of_memory(err);
    const char *registered = text_of(flow->client, "redirect_uri");
    if (flow->client == NULL || (registered != NULL && strcmp(registered, redirect_uri) != 0))
        return mcp_oauth_flow_register(flow, out_effect, err);
    return mcp_oauth_flow_ask_person(flow, out_effect, err);
}

/* --- tokens ----------------------------------------------------------------------------------- */

static enum mcp_code authorize(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                               struct mcp_err *err) {
    if (flow->settings->grant == MCP_OAUTH_GRANT_CODE)
        return receive(flow, out, err);
    bool is_alone = flow->settings->grant == MCP_OAUTH_GRANT_CLIENT;
    if (flow->client == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "%s a client_id",
                        is_alone ? "client_credentials need"
                                 : "the grant of an identity provider needs");
    return is_alone ? mcp_oauth_flow_act_alone(flow, out, err)
                    : mcp_oauth_flow_exchange(flow, out, err);
}

static enum mcp_code finish(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out) {
    flow->step = MCP_OAUTH_FLOW_DONE;
    *out = (struct mcp_oauth_effect){.kind = MCP_OAUTH_EFFECT_DONE};
    return MCP_OK;
}

static bool is_usable(const struct mcp_oauth_flow *flow, const json_t *held, int64_t now_s) {
    const json_t *expiry = json_object_get(held, "expires_at");
    const char *token = text_of(held, "access_token");
    bool is_refused = flow->refused_token != NULL && strcmp(flow->refused_token, token) == 0;
    bool is_over =
        expiry != NULL && json_integer_value(expiry) - now_s <= (json_int_t)MCP_OAUTH_FLOW_MARGIN_S;
    return !is_refused && !is_over;
}

static bool allows_enough(const struct mcp_oauth_flow *flow, const json_t *held) {
    return !flow->is_step_up ||
           mcp_oauth_scope_has_all(mcp_json_str(json_object_get(held, "scope")),
                                   mcp_json_str(json_object_get(flow->challenge, "scope")));
}

/* The kept token as it is, or refreshed, or another one. */
static enum mcp_code use_held(struct mcp_oauth_flow *flow, const json_t *held, int64_t now_s,
                              struct mcp_oauth_effect *out, struct mcp_err *err) {
    if (held == NULL || !allows_enough(flow, held))
        return authorize(flow, out, err);
    if (is_usable(flow, held, now_s)) {
        flow->token = json_deep_copy(held);
        return flow->token != NULL ? finish(flow, out) : out_of_memory(err);
    }
    if (flow->client == NULL || text_of(held, "refresh_token") == NULL)
        return authorize(flow, out, err);
    return mcp_oauth_flow_refresh(flow, held, out, err);
}

enum mcp_code mcp_oauth_flow_loaded(struct mcp_oauth_flow *flow, const json_t *record,
                                    int64_t now_s, struct mcp_oauth_effect *out_effect,
                                    struct mcp_err *err) {
    if (flow->step != MCP_OAUTH_FLOW_LOAD)
        return MCP_FAIL(err, MCP_E_STATE, "no record was asked for");
    if (record != NULL && (flow->record = json_deep_copy(record)) == NULL)
        return out_of_memory(err);
    MCP_TRY(mcp_oauth_flow_find_client(flow, err));
    MCP_TRY(choose_scope(flow, err));
    return use_held(flow, mcp_oauth_record_token(flow->record, resource_of(flow)), now_s,
                    out_effect, err);
}

/* The token with what a record says of it. */
static enum mcp_code keep_token(struct mcp_oauth_flow *flow, json_t *token, const char *scope,
                                struct mcp_err *err) {
    flow->token = token;
    if (json_object_set_new(token, "resource", json_string(resource_of(flow))) != 0 ||
        json_object_set_new(token, "scope", json_string(scope)) != 0)
        return out_of_memory(err);
    return MCP_OK;
}

static enum mcp_code take_refreshed(struct mcp_oauth_flow *flow, long status, struct mcp_str body,
                                    int64_t now_s, struct mcp_oauth_effect *out,
                                    struct mcp_err *err) {
    json_t *token = NULL;
    const json_t *held = mcp_oauth_record_token(flow->record, resource_of(flow));
    if (is_absent(status)) { /* revoked or too old: ask anew, if need be as another client */
        if (mcp_oauth_response_is_error(body, "invalid_client") &&
            flow->settings->client_id == NULL) {
            json_decref(flow->client);
            flow->client = NULL;
        }
        return authorize(flow, out, err);
    }
    MCP_TRY(mcp_oauth_response_judge_token(status, body, now_s, &token, err));
    MCP_TRY(keep_token(flow, token, text_of(held, "scope"), err));
    if (json_object_get(token, "refresh_token") == NULL &&
        json_object_set_new(token, "refresh_token",
                            json_deep_copy(json_object_get(held, "refresh_token"))) != 0)
        return out_of_memory(err);
    return finish(flow, out);
}

static enum mcp_code take_client(struct mcp_oauth_flow *flow, long status, struct mcp_str body,
                                 struct mcp_oauth_effect *out, struct mcp_err *err) {
    json_t *client = NULL;
    MCP_TRY(mcp_oauth_response_judge_client(status, body, &client, err));
    MCP_TRY(mcp_oauth_flow_set_client(flow, client, err));
    flow->is_registered = true;
    if (json_object_set_new(client, "redirect_uri", json_string(flow->redirect_uri)) != 0)
        return out_of_memory(err);
    return mcp_oauth_flow_ask_person(flow, out, err);
}

static enum mcp_code take_grant(struct mcp_oauth_flow *flow, long status, struct mcp_str body,
                                struct mcp_oauth_effect *out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf grant = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    enum mcp_code code = mcp_oauth_response_judge_grant(status, body, &grant, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "identity provider");
    return mcp_oauth_flow_present(flow, grant.data, out, err);
}

static enum mcp_code take_token(struct mcp_oauth_flow *flow, long status, struct mcp_str body,
                                int64_t now_s, struct mcp_oauth_effect *out, struct mcp_err *err) {
    json_t *token = NULL;
    MCP_TRY(mcp_oauth_response_judge_token(status, body, now_s, &token, err));
    MCP_TRY(keep_token(flow, token, flow->scope.len > 0 ? flow->scope.data : "", err));
    return finish(flow, out);
}

/* --- events ----------------------------------------------------------------------------------- */

enum mcp_code mcp_oauth_flow_fetched(struct mcp_oauth_flow *flow, long status, struct mcp_str body,
                                     int64_t now_s, struct mcp_oauth_effect *out_effect,
                                     struct mcp_err *err) {
    switch (flow->step) {
    case MCP_OAUTH_FLOW_RESOURCE:
        return take_resource(flow, status, body, out_effect, err);
    case MCP_OAUTH_FLOW_SERVER:
        return take_server(flow, status, body, out_effect, err);
    case MCP_OAUTH_FLOW_REFRESH:
        return take_refreshed(flow, status, body, now_s, out_effect, err);
    case MCP_OAUTH_FLOW_REGISTER:
        return take_client(flow, status, body, out_effect, err);
    case MCP_OAUTH_FLOW_EXCHANGE:
        return take_grant(flow, status, body, out_effect, err);
    case MCP_OAUTH_FLOW_TOKEN:
        return take_token(flow, status, body, now_s, out_effect, err);
    default:
        return MCP_FAIL(err, MCP_E_STATE, "nothing was fetched");
    }
}

enum mcp_code mcp_oauth_flow_redirected(struct mcp_oauth_flow *flow, struct mcp_str query,
                                        struct mcp_oauth_effect *out_effect, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf code = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    const struct mcp_oauth_redirect_wanted wanted = {
        .state = flow->state,
        .issuer = text_of(flow->server, "issuer"),
        .names_issuer = json_is_true(json_object_get(flow->server, "names_issuer")),
    };
    if (flow->step != MCP_OAUTH_FLOW_ASK)
        return MCP_FAIL(err, MCP_E_STATE, "nobody was asked");
    MCP_TRY(mcp_oauth_response_judge_redirect(query, &wanted, &code, err));
    return mcp_oauth_flow_redeem(flow, code.data, out_effect, err);
}

/* What was asked for already is not asked for again: that would never end. */
static enum mcp_code check_step_up(const struct mcp_oauth_flow *flow, struct mcp_err *err) {
    struct mcp_str wanted = mcp_json_str(json_object_get(flow->challenge, "scope"));
    if (flow->is_step_up && mcp_oauth_scope_has_all(mcp_str_of(flow->held_scope), wanted))
        return MCP_FAIL(err, MCP_E_DENIED,
                        "the server wants a scope that its token was asked for with already");
    return MCP_OK;
}

enum mcp_code mcp_oauth_flow_begin(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out_effect,
                                   struct mcp_err *err) {
    MCP_TRY(check_step_up(flow, err));
    MCP_TRY(mcp_oauth_discovery_resource_urls(flow->settings->server_url,
                                              text_of(flow->challenge, "resource_metadata"),
                                              &flow->urls, err));
    return fetch_next_metadata(flow, MCP_OAUTH_FLOW_RESOURCE, out_effect, err);
}

static enum mcp_code fill(struct mcp_oauth_flow *flow, const struct mcp_oauth_start *start,
                          struct mcp_err *err) {
    MCP_TRY(mcp_oauth_challenge_parse(start->challenge, &flow->challenge, err));
    flow->refused_token = mcp_strdup(start->refused_token);
    flow->held_scope = mcp_strdup(start->held_scope);
    if ((flow->refused_token == NULL && start->refused_token != NULL) ||
        (flow->held_scope == NULL && start->held_scope != NULL))
        return out_of_memory(err);
    mcp_oauth_pkce_text(start->state_random, flow->state);
    mcp_oauth_pkce_text(start->verifier_random, flow->verifier);
    return MCP_OK;
}

enum mcp_code mcp_oauth_flow_new(const struct mcp_oauth_settings *settings,
                                 const struct mcp_oauth_start *start,
                                 struct mcp_oauth_flow **out_flow, struct mcp_err *err) {
    struct mcp_oauth_flow *flow = mcp_alloc(sizeof *flow);
    if (flow == NULL)
        return out_of_memory(err);
    flow->settings = settings;
    flow->is_local = mcp_oauth_url_is_local(settings->server_url);
    flow->is_step_up = start->is_step_up;
    flow->scope.max = MCP_OAUTH_SCOPE_MAX_BYTES;
    flow->url.max = MCP_OAUTH_REQUEST_MAX_BYTES;
    flow->body.max = MCP_OAUTH_REQUEST_MAX_BYTES;
    flow->authorization.max = MCP_OAUTH_REQUEST_MAX_BYTES;
    enum mcp_code code = fill(flow, start, err);
    if (code != MCP_OK)
        mcp_oauth_flow_free(flow);
    else
        *out_flow = flow;
    return code;
}

void mcp_oauth_flow_free(struct mcp_oauth_flow *flow) {
    if (flow == NULL)
        return;
    json_decref(flow->challenge);
    json_decref(flow->urls);
    json_decref(flow->resource);
    json_decref(flow->server);
    json_decref(flow->record);
    json_decref(flow->client);
    json_decref(flow->token);
    mcp_free(flow->refused_token);
    mcp_free(flow->held_scope);
    mcp_free(flow->redirect_uri);
    mcp_buf_deinit(&flow->scope);
    mcp_buf_deinit(&flow->url);
    mcp_buf_deinit(&flow->body);
    mcp_buf_deinit(&flow->authorization);
    mcp_free(flow);
}

const char *mcp_oauth_flow_issuer(const struct mcp_oauth_flow *flow) {
    return text_of(flow->server, "issuer");
}

const json_t *mcp_oauth_flow_client(const struct mcp_oauth_flow *flow) {
    return flow->is_registered ? flow->client : NULL;
}

const json_t *mcp_oauth_flow_token(const struct mcp_oauth_flow *flow) {
    return flow->token;
}
