/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_flow.json. */
#include <string.h>

#include "oauth_client/oauth_flow.h"
#include "probe.h"

probe_fn probe_oauth_flow;

enum { MAX_BYTES = 1 << 20 };

static const char *text(const json_t *in, const char *key) {
    return json_string_value(json_object_get(in, key));
}

static enum mcp_code sign(void *user, const char *client_id, const char *audience,
                          struct mcp_buf *out, struct mcp_err *err) {
    (void)user;
    mcp_buf_add(out, mcp_str_of("signed:"));
    mcp_buf_add(out, mcp_str_of(client_id));
    mcp_buf_addc(out, ':');
    mcp_buf_add(out, mcp_str_of(audience));
    return mcp_buf_finish(out, err);
}

/* "": the person is not signed in any more. */
static enum mcp_code give_id_token(void *user, struct mcp_buf *out, struct mcp_err *err) {
    const char *token = *(const char *const *)user;
    if (token[0] == '\0')
        return MCP_FAIL(err, MCP_E_DENIED, "nobody is signed in");
    mcp_buf_add(out, mcp_str_of(token));
    return mcp_buf_finish(out, err);
}

static enum mcp_oauth_grant grant_of(const json_t *given) {
    return text(given, "id_token") != NULL                 ? MCP_OAUTH_GRANT_IDENTITY
           : json_is_true(json_object_get(given, "alone")) ? MCP_OAUTH_GRANT_CLIENT
                                                           : MCP_OAUTH_GRANT_CODE;
}

static struct mcp_oauth_settings settings_of(const json_t *given) {
    return (struct mcp_oauth_settings){
        .grant = grant_of(given),
        .server_url = text(given, "server"),
        .issuer = text(given, "issuer"),
        .client_id = text(given, "client_id"),
        .client_secret = text(given, "client_secret"),
        .sign = json_is_true(json_object_get(given, "key")) ? sign : NULL,
        .idp_token_endpoint = "https://idp/token",
        .idp_client_id = "at-idp",
        .idp_client_secret = text(given, "idp_secret"),
        .id_token = give_id_token,
        .client_id_url = text(given, "client_id_url"),
        .client_name = "probe",
        .redirect_uri = text(given, "redirect_uri"),
        .scope = text(given, "scope"),
        .has_person = !json_is_false(json_object_get(given, "person")),
    };
}

static enum mcp_code show(const struct mcp_oauth_effect *effect, json_t **out,
                          struct mcp_err *err) {
    switch (effect->kind) {
    case MCP_OAUTH_EFFECT_FETCH:
        return probe_give(json_pack("{s:s, s:s, s:s*, s:s*, s:o*, s:o*}", "method", effect->method,
                                    "url", effect->url, "type", effect->content_type,
                                    "authorization", effect->authorization, "body",
                                    effect->body.len > 0 ? probe_text(effect->body) : NULL,
                                    "configured", effect->is_configured ? json_true() : NULL),
                          out, err);
    case MCP_OAUTH_EFFECT_LOAD:
        return probe_give(json_pack("{s:s}", "load", effect->issuer), out, err);
    case MCP_OAUTH_EFFECT_RECEIVE:
        return probe_give(json_pack("{s:s?, s:b}", "receive", effect->redirect_uri, "may_change",
                                    effect->may_change_redirect_uri),
                          out, err);
    case MCP_OAUTH_EFFECT_ASK:
        return probe_give(json_pack("{s:s}", "ask", effect->url), out, err);
    case MCP_OAUTH_EFFECT_DONE:
        return probe_give(json_string("done"), out, err);
    }
    return MCP_FAIL(err, MCP_E_BUG, "no such effect");
}

static enum mcp_code fetched(struct mcp_oauth_flow *flow, const json_t *answer, int64_t now_s,
                             struct mcp_oauth_effect *effect, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(MAX_BYTES);
    long status = (long)json_integer_value(json_array_get(answer, 0));
    const json_t *value = json_array_get(answer, 1);
    if (json_is_object(value))
        MCP_TRY(mcp_json_write(value, &body, err));
    else if (value != NULL)
        MCP_TRY(probe_bytes(value, &body, err));
    return mcp_oauth_flow_fetched(flow, status, mcp_buf_view(&body), now_s, effect, err);
}

static enum mcp_code step(struct mcp_oauth_flow *flow, const json_t *event, int64_t now_s,
                          struct mcp_oauth_effect *effect, struct mcp_err *err) {
    const json_t *record = json_object_get(event, "record");
    if (json_is_string(event))
        return mcp_oauth_flow_begin(flow, effect, err);
    if (json_is_array(event))
        return fetched(flow, event, now_s, effect, err);
    if (record != NULL)
        return mcp_oauth_flow_loaded(flow, json_is_null(record) ? NULL : record, now_s, effect,
                                     err);
    if (text(event, "receiving") != NULL)
        return mcp_oauth_flow_receiving(flow, text(event, "receiving"), effect, err);
    return mcp_oauth_flow_redirected(flow, mcp_json_str(json_object_get(event, "redirected")),
                                     effect, err);
}

static enum mcp_code run(struct mcp_oauth_flow *flow, const json_t *in, json_t *shown,
                         struct mcp_err *err) {
    const json_t *events = json_object_get(in, "do");
    int64_t now_s = probe_int(in, "now", 1000);
    for (size_t i = 0; i < json_array_size(events); i++) {
        struct mcp_oauth_effect effect = {.kind = MCP_OAUTH_EFFECT_DONE};
        struct mcp_err why = {0};
        json_t *one = NULL;
        enum mcp_code code = step(flow, json_array_get(events, i), now_s, &effect, &why);
        if (code == MCP_E_STATE)
            MCP_TRY(probe_give(json_string("ignored"), &one, err));
        else if (code != MCP_OK)
            return mcp_err_at(err, MCP_FAIL(err, code, "%s", why.what), "%s", why.where);
        else
            MCP_TRY(show(&effect, &one, err));
        if (json_array_append_new(shown, one) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

enum mcp_code probe_oauth_flow(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_oauth_settings settings = settings_of(json_object_get(in, "settings"));
    const char *id_token = text(json_object_get(in, "settings"), "id_token");
    const json_t *given = json_object_get(in, "start");
    struct mcp_oauth_start start = {
        .challenge = mcp_json_str(json_object_get(given, "challenge")),
        .is_step_up = json_is_true(json_object_get(given, "step_up")),
        .refused_token = text(given, "refused"),
        .held_scope = text(given, "held"),
    };
    struct mcp_oauth_flow *flow = NULL;
    settings.id_token_user = &id_token;
    memset(start.verifier_random, 1, sizeof start.verifier_random);
    MCP_TRY(mcp_oauth_flow_new(&settings, &start, &flow, err));
    json_auto_t *shown = json_array();
    enum mcp_code code =
        shown != NULL ? run(flow, in, shown, err) : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code == MCP_OK)
        code =
            probe_give(json_pack("{s:O, s:O*, s:O*}", "effects", shown, "client",
                                 mcp_oauth_flow_client(flow), "token", mcp_oauth_flow_token(flow)),
                       out, err);
    mcp_oauth_flow_free(flow);
    return code;
}
