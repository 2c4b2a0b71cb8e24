/* SPDX-License-Identifier: MIT */
/* oauth_flow_request.c - see oauth_flow_parts.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_flow_parts.h"
#include "oauth_client/oauth_request.h"

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an authorization");
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static const char *resource_of(const struct mcp_oauth_flow *flow) {
    return text_of(flow->resource, "resource");
}

enum mcp_code mcp_oauth_flow_fetch(struct mcp_oauth_flow *flow, const char *url,
                                   const char *content_type, struct mcp_oauth_effect *out,
                                   struct mcp_err *err) {
    if (flow->fetches++ == MCP_OAUTH_FLOW_MAX_FETCHES)
        return MCP_FAIL(err, MCP_E_LIMIT, "the authorization takes more than %d requests",
                        MCP_OAUTH_FLOW_MAX_FETCHES);
    MCP_TRY(mcp_buf_finish(&flow->body, err));
    MCP_TRY(mcp_buf_finish(&flow->authorization, err));
    bool is_get = content_type == NULL;
    *out = (struct mcp_oauth_effect){
        .kind = MCP_OAUTH_EFFECT_FETCH,
        .method = is_get ? "GET" : "POST",
        .url = url,
        .body = is_get ? MCP_STR("") : mcp_buf_view(&flow->body),
        .content_type = content_type,
        .authorization = flow->authorization.len > 0 ? flow->authorization.data : NULL,
    };
    return MCP_OK;
}

static void forget_request(struct mcp_oauth_flow *flow) {
    mcp_buf_clear(&flow->url);
    mcp_buf_clear(&flow->body);
    mcp_buf_clear(&flow->authorization);
}

/* --- requests at the token endpoint ----------------------------------------------------------- */

/* Of a client's fields, those its method puts into the body. */
struct proof {
    enum mcp_oauth_method method;
    struct mcp_buf assertion;
};

static enum mcp_code prove(struct mcp_oauth_flow *flow, struct proof *proof, struct mcp_err *err) {
    const struct mcp_oauth_settings *settings = flow->settings;
    const char *id = text_of(flow->client, "id");
    const char *secret = text_of(flow->client, "secret");
    MCP_TRY(mcp_oauth_request_choose(json_object_get(flow->server, "auth_methods"),
                                     text_of(flow->client, "method"), secret != NULL,
                                     settings->sign != NULL, &proof->method, err));
    if (proof->method == MCP_OAUTH_METHOD_BASIC)
        return mcp_oauth_request_basic(id, secret, &flow->authorization, err);
    if (proof->method == MCP_OAUTH_METHOD_JWT)
        return settings->sign(settings->sign_user, id, text_of(flow->server, "issuer"),
                              &proof->assertion, err);
    return MCP_OK;
}

/* `own` are the fields of the grant; those every request has are added. */
static enum mcp_code ask_token(struct mcp_oauth_flow *flow, enum mcp_oauth_flow_step step,
                               const struct mcp_oauth_field own[4], struct mcp_oauth_effect *out,
                               struct mcp_err *err) {
    struct proof proof = {.assertion = MCP_BUF_INIT(MCP_OAUTH_REQUEST_MAX_BYTES)};
    forget_request(flow);
    enum mcp_code code = prove(flow, &proof, err);
    if (code == MCP_OK) {
        bool is_jwt = proof.method == MCP_OAUTH_METHOD_JWT;
        bool is_post = proof.method == MCP_OAUTH_METHOD_POST;
        const struct mcp_oauth_field fields[] = {
            own[0],
            own[1],
            own[2],
            own[3],
            {"resource", resource_of(flow)},
            {"client_id",
             proof.method != MCP_OAUTH_METHOD_BASIC ? text_of(flow->client, "id") : NULL},
            {"client_secret", is_post ? text_of(flow->client, "secret") : NULL},
            {"client_assertion_type",
             is_jwt ? "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" : NULL},
            {"client_assertion", is_jwt ? proof.assertion.data : NULL},
        };
        mcp_oauth_request_form(fields, MCP_COUNT(fields), &flow->body);
    }
    mcp_buf_deinit(&proof.assertion);
    MCP_TRY(code);
    flow->step = step;
    return mcp_oauth_flow_fetch(flow, text_of(flow->server, "token_endpoint"),
                                "application/x-www-form-urlencoded", out, err);
}

static const char *wanted_scope(const struct mcp_oauth_flow *flow) {
    return flow->scope.len > 0 ? flow->scope.data : NULL;
}

enum mcp_code mcp_oauth_flow_refresh(struct mcp_oauth_flow *flow, const json_t *held,
                                     struct mcp_oauth_effect *out, struct mcp_err *err) {
    const struct mcp_oauth_field fields[4] = {{"grant_type", "refresh_token"},
                                              {"refresh_token", text_of(held, "refresh_token")}};
    return ask_token(flow, MCP_OAUTH_FLOW_REFRESH, fields, out, err);
}

enum mcp_code mcp_oauth_flow_act_alone(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                       struct mcp_err *err) {
    const struct mcp_oauth_field fields[4] = {{"grant_type", "client_credentials"},
                                              {"scope", wanted_scope(flow)}};
    return ask_token(flow, MCP_OAUTH_FLOW_TOKEN, fields, out, err);
}

/* --- the grant of an identity provider -------------------------------------------------------- */

enum mcp_code mcp_oauth_flow_exchange(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                      struct mcp_err *err) {
    const struct mcp_oauth_settings *settings = flow->settings;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf token = MCP_BUF_INIT(MCP_OAUTH_REQUEST_MAX_BYTES);
    enum mcp_code code = settings->id_token(settings->id_token_user, &token, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "ID token");
    const struct mcp_oauth_field fields[] = {
        {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
        {"requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"},
        {"audience", text_of(flow->server, "issuer")},
        {"resource", resource_of(flow)},
        {"scope", wanted_scope(flow)},
        {"subject_token", token.data},
        {"subject_token_type", "urn:ietf:params:oauth:token-type:id_token"},
        {"client_id", settings->idp_client_secret == NULL ? settings->idp_client_id : NULL},
    };
    forget_request(flow);
    if (settings->idp_client_secret != NULL)
        MCP_TRY(mcp_oauth_request_basic(settings->idp_client_id, settings->idp_client_secret,
                                        &flow->authorization, err));
    mcp_oauth_request_form(fields, MCP_COUNT(fields), &flow->body);
    flow->step = MCP_OAUTH_FLOW_EXCHANGE;
    MCP_TRY(mcp_oauth_flow_fetch(flow, settings->idp_token_endpoint,
                                 "application/x-www-form-urlencoded", out, err));
    out->is_configured = true;
    return MCP_OK;
}

enum mcp_code mcp_oauth_flow_present(struct mcp_oauth_flow *flow, const char *grant,
                                     struct mcp_oauth_effect *out, struct mcp_err *err) {
    const struct mcp_oauth_field fields[4] = {
        {"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
        {"assertion", grant},
        {"scope", wanted_scope(flow)}};
    return ask_token(flow, MCP_OAUTH_FLOW_TOKEN, fields, out, err);
}

/* --- becoming a client ------------------------------------------------------------------------ */

enum mcp_code mcp_oauth_flow_set_client(struct mcp_oauth_flow *flow, json_t *client,
                                        struct mcp_err *err) {
    json_decref(flow->client);
    flow->client = client;
    return client != NULL ? MCP_OK : out_of_memory(err);
}

enum mcp_code mcp_oauth_flow_find_client(struct mcp_oauth_flow *flow, struct mcp_err *err) {
    const struct mcp_oauth_settings *settings = flow->settings;
    const json_t *kept = json_object_get(flow->record, "client");
    if (settings->client_id != NULL)
        return mcp_oauth_flow_set_client(
            flow,
            json_pack("{s:s, s:s*}", "id", settings->client_id, "secret", settings->client_secret),
            err);
    if (settings->client_id_url != NULL &&
        json_is_true(json_object_get(flow->server, "takes_document_ids")))
        return mcp_oauth_flow_set_client(flow, json_pack("{s:s}", "id", settings->client_id_url),
                                         err);
    return kept != NULL ? mcp_oauth_flow_set_client(flow, json_deep_copy(kept), err) : MCP_OK;
}

enum mcp_code mcp_oauth_flow_register(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                      struct mcp_err *err) {
    const char *endpoint = text_of(flow->server, "registration_endpoint");
    struct mcp_oauth_registration registration = {.client_name = flow->settings->client_name,
                                                  .redirect_uri = flow->redirect_uri,
                                                  .scope = wanted_scope(flow)};
    if (endpoint == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND,
                        "the authorization server registers no clients: configure a client_id");
    MCP_TRY(mcp_oauth_request_choose_registered(json_object_get(flow->server, "auth_methods"),
                                                &registration.method, err));
    forget_request(flow);
    MCP_TRY(mcp_oauth_request_registration(&registration, &flow->body, err));
    flow->step = MCP_OAUTH_FLOW_REGISTER;
    return mcp_oauth_flow_fetch(flow, endpoint, "application/json", out, err);
}

/* --- the person ---------------------------------------------------------------------------- */

enum mcp_code mcp_oauth_flow_ask_person(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                        struct mcp_err *err) {
    char challenge[MCP_OAUTH_PKCE_TEXT_BYTES];
    mcp_oauth_pkce_challenge(flow->verifier, challenge);
    const struct mcp_oauth_field fields[] = {
        {"response_type", "code"},
        {"client_id", text_of(flow->client, "id")},
        {"redirect_uri", flow->redirect_uri},
        {"state", flow->state},
        {"code_challenge", challenge},
        {"code_challenge_method", "S256"},
        {"resource", resource_of(flow)},
        {"scope", wanted_scope(flow)},
    };
    forget_request(flow);
    mcp_oauth_request_url(text_of(flow->server, "authorization_endpoint"), fields,
                          MCP_COUNT(fields), &flow->url);
    MCP_TRY(mcp_buf_finish(&flow->url, err));
    flow->step = MCP_OAUTH_FLOW_ASK;
    *out = (struct mcp_oauth_effect){.kind = MCP_OAUTH_EFFECT_ASK, .url = flow->url.data};
    return MCP_OK;
}

enum mcp_code mcp_oauth_flow_redeem(struct mcp_oauth_flow *flow, const char *code,
                                    struct mcp_oauth_effect *out, struct mcp_err *err) {
    const struct mcp_oauth_field fields[4] = {{"grant_type", "authorization_code"},
                                              {"code", code},
                                              {"redirect_uri", flow->redirect_uri},
                                              {"code_verifier", flow->verifier}};
    return ask_token(flow, MCP_OAUTH_FLOW_TOKEN, fields, out, err);
}
