/* SPDX-License-Identifier: MIT */
/* oauth_response.c - see oauth_response.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_response.h"

#include "mcp/http_text.h"

enum { MAX_TOLD_BYTES = 100 };

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an authorization");
}

/* At most MAX_TOLD_BYTES of printable ASCII. */
struct told {
    char text[MAX_TOLD_BYTES + 1];
};

static struct told tell(struct mcp_str text) {
    struct told told = {{0}};
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < MAX_TOLD_BYTES; i++)
        if (text.ptr[i] >= ' ' && text.ptr[i] <= '~')
            told.text[len++] = text.ptr[i];
    return told;
}

static enum mcp_code refuse(struct mcp_str error, struct mcp_str description, struct mcp_err *err) {
    struct told name = tell(error);
    struct told more = tell(description);
    return MCP_FAIL(err, MCP_E_DENIED, "the authorization server says %s%s%s", name.text,
                    more.text[0] != '\0' ? ": " : "", more.text);
}

/* An object, or the error that the answer is. */
static enum mcp_code parse(long status, struct mcp_str body, json_t **out, struct mcp_err *err) {
    struct mcp_err why = {0};
    if (body.len > MCP_OAUTH_RESPONSE_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "an answer of more than %d bytes",
                        MCP_OAUTH_RESPONSE_MAX_BYTES);
    enum mcp_code code = mcp_json_parse(body, out, &why);
    if (code == MCP_E_NOMEM)
        return out_of_memory(err);
    const json_t *error = json_object_get(*out, "error");
    if (code == MCP_OK && status >= 400 && json_is_string(error))
        return refuse(mcp_json_str(error), mcp_json_str(json_object_get(*out, "error_description")),
                      err);
    if (status < 200 || status >= 300)
        return MCP_FAIL(err, MCP_E_PEER, "HTTP %ld from the authorization server", status);
    if (code != MCP_OK || !json_is_object(*out))
        return MCP_FAIL(err, MCP_E_PEER, "the authorization server's answer is not a JSON object");
    return MCP_OK;
}

/* Printable ASCII without a space: what a header, a form and a log can hold. */
static bool is_credential(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return text.len > 0 && text.len <= MCP_OAUTH_TOKEN_MAX_BYTES;
}

static enum mcp_code take(const json_t *from, const char *key, json_t *to, const char *name,
                          struct mcp_err *err) {
    const json_t *value = json_object_get(from, key);
    if (value == NULL || json_is_null(value))
        return MCP_OK;
    if (!is_credential(mcp_json_str(value)))
        return MCP_FAIL(err, MCP_E_PEER, "\"%s\" of the answer is none that can be used", key);
    return json_object_set_new(to, name, json_deep_copy(value)) == 0 ? MCP_OK : out_of_memory(err);
}

static enum mcp_code take_expiry(const json_t *root, int64_t now_s, json_t *token,
                                 struct mcp_err *err) {
    const json_t *life = json_object_get(root, "expires_in");
    double seconds = json_number_value(life);
    if (!json_is_number(life) || seconds < 0)
        return MCP_OK;
    int64_t life_s = seconds < MCP_OAUTH_TOKEN_MAX_S ? (int64_t)seconds : MCP_OAUTH_TOKEN_MAX_S;
    return json_object_set_new(token, "expires_at", json_integer(now_s + life_s)) == 0
               ? MCP_OK
               : out_of_memory(err);
}

enum mcp_code mcp_oauth_response_judge_token(long status, struct mcp_str body, int64_t now_s,
                                             json_t **out_token, struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_AUTO(mcp_json_decref) json_t *token = json_object();
    if (token == NULL)
        return out_of_memory(err);
    MCP_TRY(parse(status, body, &root, err));
    if (!mcp_http_equal_nocase(mcp_json_str(json_object_get(root, "token_type")),
                               MCP_STR("Bearer")))
        return MCP_FAIL(err, MCP_E_PEER, "the token is not a Bearer token");
    MCP_TRY(take(root, "access_token", token, "access_token", err));
    MCP_TRY(take(root, "refresh_token", token, "refresh_token", err));
    if (json_object_get(token, "access_token") == NULL)
        return MCP_FAIL(err, MCP_E_PEER, "the answer has no \"access_token\"");
    MCP_TRY(take_expiry(root, now_s, token, err));
    *out_token = MCP_TAKE(token);
    return MCP_OK;
}

enum mcp_code mcp_oauth_response_judge_grant(long status, struct mcp_str body,
                                             struct mcp_buf *out_grant, struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_TRY(parse(status, body, &root, err));
    struct mcp_str grant = mcp_json_str(json_object_get(root, "access_token"));
    if (!mcp_str_equal(mcp_json_str(json_object_get(root, "issued_token_type")),
                       MCP_STR("urn:ietf:params:oauth:token-type:id-jag")))
        return MCP_FAIL(err, MCP_E_PEER, "what it issued is no identity assertion grant (id-jag)");
    if (!is_credential(grant))
        return MCP_FAIL(err, MCP_E_PEER, "\"access_token\" of the answer is none that can be used");
    mcp_buf_add(out_grant, grant);
    return mcp_buf_finish(out_grant, err);
}

bool mcp_oauth_response_is_error(struct mcp_str body, const char *name) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    return body.len <= MCP_OAUTH_RESPONSE_MAX_BYTES &&
           mcp_json_parse(body, &root, NULL) == MCP_OK &&
           mcp_str_equal(mcp_json_str(json_object_get(root, "error")), mcp_str_of(name));
}

enum mcp_code mcp_oauth_response_judge_client(long status, struct mcp_str body, json_t **out_client,
                                              struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_AUTO(mcp_json_decref) json_t *client = json_object();
    if (client == NULL)
        return out_of_memory(err);
    MCP_TRY(parse(status, body, &root, err));
    MCP_TRY(take(root, "client_id", client, "id", err));
    MCP_TRY(take(root, "client_secret", client, "secret", err));
    MCP_TRY(take(root, "token_endpoint_auth_method", client, "method", err));
    if (json_object_get(client, "id") == NULL)
        return MCP_FAIL(err, MCP_E_PEER, "the registration has no \"client_id\"");
    *out_client = MCP_TAKE(client);
    return MCP_OK;
}

/* --- the redirect ----------------------------------------------------------------------------- */

/* *out_has: whether it is there; a value that cannot be decoded counts as another one. */
static enum mcp_code get(struct mcp_str query, const char *name, struct mcp_buf *out, bool *out_has,
                         struct mcp_err *err) {
    enum mcp_code code = mcp_http_query_get(query, mcp_str_of(name), out, NULL);
    *out_has = code != MCP_E_NOT_FOUND;
    if (code == MCP_E_NOMEM)
        return out_of_memory(err);
    if (code == MCP_E_SYNTAX || code == MCP_E_LIMIT) {
        mcp_buf_clear(out);
        mcp_buf_addc(out, ' '); /* what neither a code nor an issuer has */
    }
    return mcp_buf_finish(out, err);
}

static bool is_same(const struct mcp_buf *value, const char *wanted) {
    return mcp_str_equal(mcp_buf_view(value), mcp_str_of(wanted));
}

/* Compared as it stands: a normalised issuer could be somebody else's. */
static enum mcp_code check_issuer(struct mcp_str query,
                                  const struct mcp_oauth_redirect_wanted *wanted,
                                  struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf issuer = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    bool has_issuer = false;
    MCP_TRY(get(query, "iss", &issuer, &has_issuer, err));
    if (!has_issuer && wanted->names_issuer)
        return MCP_FAIL(err, MCP_E_DENIED,
                        "the redirect does not say which authorization server it comes from, "
                        "which this one promises to do");
    if (has_issuer && !is_same(&issuer, wanted->issuer))
        return MCP_FAIL(err, MCP_E_DENIED,
                        "the redirect comes from another authorization server than was asked");
    return MCP_OK;
}

static enum mcp_code check_state(struct mcp_str query, const char *wanted, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf state = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    bool has_state = false;
    MCP_TRY(get(query, "state", &state, &has_state, err));
    if (!has_state || !is_same(&state, wanted))
        return MCP_FAIL(err, MCP_E_STATE, "the redirect belongs to no authorization under way");
    return MCP_OK;
}

static enum mcp_code check_error(struct mcp_str query, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf error = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf more = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    bool has_error = false;
    bool has_more = false;
    MCP_TRY(get(query, "error", &error, &has_error, err));
    if (!has_error)
        return MCP_OK;
    MCP_TRY(get(query, "error_description", &more, &has_more, err));
    return refuse(mcp_buf_view(&error), mcp_buf_view(&more), err);
}

enum mcp_code mcp_oauth_response_judge_redirect(struct mcp_str query,
                                                const struct mcp_oauth_redirect_wanted *wanted,
                                                struct mcp_buf *out_code, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf code = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    bool has_code = false;
    MCP_TRY(check_state(query, wanted->state, err));
    MCP_TRY(check_issuer(query, wanted, err));
    MCP_TRY(check_error(query, err));
    MCP_TRY(get(query, "code", &code, &has_code, err));
    if (!has_code || !is_credential(mcp_buf_view(&code)))
        return MCP_FAIL(err, MCP_E_PEER, "the redirect has no code that can be used");
    mcp_buf_add(out_code, mcp_buf_view(&code));
    return mcp_buf_finish(out_code, err);
}
