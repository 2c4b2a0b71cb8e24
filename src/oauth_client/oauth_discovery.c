/* SPDX-License-Identifier: MIT */
/* oauth_discovery.c - see oauth_discovery.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_discovery.h"

#include "mcp/uri.h"
#include "oauth_client/oauth_scope.h"
#include "oauth_client/oauth_url.h"

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for OAuth metadata");
}

/* --- where to ask ----------------------------------------------------------------------------- */

static enum mcp_code add_url(json_t *urls, const char *base, const char *before, const char *after,
                             bool has_path, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf url = MCP_BUF_INIT(MCP_URI_MAX_BYTES);
    MCP_TRY(mcp_oauth_url_well_known(base, before, after, has_path, &url, err));
    return json_array_append_new(urls, json_stringn(url.data, url.len)) == 0 ? MCP_OK
                                                                             : out_of_memory(err);
}

static enum mcp_code has_real_path(const char *url, bool *out, struct mcp_err *err) {
    struct mcp_uri uri;
    MCP_TRY(mcp_uri_parse(mcp_str_of(url), &uri, err));
    *out = uri.path.len > 0 && !mcp_str_equal(uri.path, MCP_STR("/"));
    return MCP_OK;
}

static enum mcp_code add_challenged(json_t *urls, const char *server_url, const char *url,
                                    struct mcp_err *err) {
    struct mcp_err why = {0};
    if (mcp_oauth_url_check(url, mcp_oauth_url_is_local(server_url), &why) != MCP_OK)
        return MCP_FAIL(err, MCP_E_DENIED, "the server names a URL of its metadata: %s", why.what);
    return json_array_append_new(urls, json_string(url)) == 0 ? MCP_OK : out_of_memory(err);
}

static enum mcp_code add_well_known(json_t *urls, const char *server_url, struct mcp_err *err) {
    static const char well_known[] = "/.well-known/oauth-protected-resource";
    bool has_path = false;
    MCP_TRY(has_real_path(server_url, &has_path, err));
    if (has_path)
        MCP_TRY(add_url(urls, server_url, well_known, "", true, err));
    return add_url(urls, server_url, well_known, "", false, err);
}

enum mcp_code mcp_oauth_discovery_resource_urls(const char *server_url, const char *challenge_url,
                                                json_t **out_urls, struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *urls = json_array();
    if (urls == NULL)
        return out_of_memory(err);
    if (challenge_url != NULL)
        MCP_TRY(add_challenged(urls, server_url, challenge_url, err));
    else
        MCP_TRY(add_well_known(urls, server_url, err));
    *out_urls = MCP_TAKE(urls);
    return MCP_OK;
}

enum mcp_code mcp_oauth_discovery_server_urls(const char *issuer, bool allows_local,
                                              json_t **out_urls, struct mcp_err *err) {
    static const char oauth[] = "/.well-known/oauth-authorization-server";
    static const char openid[] = "/.well-known/openid-configuration";
    MCP_AUTO(mcp_json_decref) json_t *urls = json_array();
    bool has_path = false;
    struct mcp_err why = {0};
    if (urls == NULL)
        return out_of_memory(err);
    if (mcp_oauth_url_check(issuer, allows_local, &why) != MCP_OK)
        return MCP_FAIL(err, MCP_E_DENIED, "the server names an authorization server: %s",
                        why.what);
    MCP_TRY(has_real_path(issuer, &has_path, err));
    MCP_TRY(add_url(urls, issuer, oauth, "", has_path, err));
    MCP_TRY(add_url(urls, issuer, openid, "", has_path, err));
    if (has_path)
        MCP_TRY(add_url(urls, issuer, "", openid, true, err));
    *out_urls = MCP_TAKE(urls);
    return MCP_OK;
}

/* --- what they say ---------------------------------------------------------------------------- */

static enum mcp_code parse(struct mcp_str body, json_t **out, struct mcp_err *err) {
    struct mcp_err why = {0};
    if (body.len > MCP_OAUTH_DISCOVERY_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "metadata of more than %d bytes",
                        MCP_OAUTH_DISCOVERY_MAX_BYTES);
    enum mcp_code code = mcp_json_parse(body, out, &why);
    if (code == MCP_E_NOMEM)
        return out_of_memory(err);
    if (code != MCP_OK || !json_is_object(*out))
        return MCP_FAIL(err, MCP_E_PEER, "the metadata is not a JSON object");
    return MCP_OK;
}

/* A text of the document; absent is no failure. */
static enum mcp_code copy_text(const json_t *from, const char *key, json_t *to,
                               struct mcp_err *err) {
    const json_t *value = json_object_get(from, key);
    if (value == NULL || json_is_null(value))
        return MCP_OK;
    if (!json_is_string(value))
        return MCP_FAIL(err, MCP_E_PEER, "\"%s\" of the metadata is not a text", key);
    return json_object_set_new(to, key, json_deep_copy(value)) == 0 ? MCP_OK : out_of_memory(err);
}

static enum mcp_code join_scopes(const json_t *scopes, json_t *to, const char *key,
                                 struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf list = MCP_BUF_INIT(MCP_OAUTH_SCOPE_MAX_BYTES);
    for (size_t i = 0; i < json_array_size(scopes); i++)
        mcp_oauth_scope_add(&list, mcp_json_str(json_array_get(scopes, i)));
    MCP_TRY(mcp_buf_finish(&list, err));
    if (list.len == 0)
        return MCP_OK;
    return json_object_set_new(to, key, json_stringn(list.data, list.len)) == 0
               ? MCP_OK
               : out_of_memory(err);
}

/* The texts of an array, at most `max`. */
static enum mcp_code copy_texts(const json_t *from, size_t max, json_t *to, const char *key,
                                struct mcp_err *err) {
    json_t *texts = json_array();
    if (texts == NULL || json_object_set_new(to, key, texts) != 0)
        return out_of_memory(err);
    for (size_t i = 0; i < json_array_size(from) && json_array_size(texts) < max; i++) {
        const json_t *text = json_array_get(from, i);
        if (json_is_string(text) && json_array_append_new(texts, json_deep_copy(text)) != 0)
            return out_of_memory(err);
    }
    return MCP_OK;
}

enum mcp_code mcp_oauth_discovery_judge_resource(struct mcp_str body, json_t **out_resource,
                                                 struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_AUTO(mcp_json_decref) json_t *resource = json_object();
    if (resource == NULL)
        return out_of_memory(err);
    MCP_TRY(parse(body, &root, err));
    MCP_TRY(copy_text(root, "resource", resource, err));
    if (json_object_get(resource, "resource") == NULL)
        return MCP_FAIL(err, MCP_E_PEER, "the resource metadata has no \"resource\"");
    MCP_TRY(copy_texts(json_object_get(root, "authorization_servers"),
                       MCP_OAUTH_DISCOVERY_MAX_ISSUERS, resource, "issuers", err));
    if (json_array_size(json_object_get(resource, "issuers")) == 0)
        return MCP_FAIL(err, MCP_E_PEER, "the resource metadata names no authorization server");
    MCP_TRY(join_scopes(json_object_get(root, "scopes_supported"), resource, "scope", err));
    *out_resource = MCP_TAKE(resource);
    return MCP_OK;
}

static bool lists(const json_t *array, const char *text) {
    for (size_t i = 0; i < json_array_size(array); i++)
        if (mcp_str_equal(mcp_json_str(json_array_get(array, i)), mcp_str_of(text)))
            return true;
    return false;
}

static enum mcp_code copy_endpoint(const json_t *root, const char *key, bool is_required,
                                   bool allows_local, json_t *server, struct mcp_err *err) {
    struct mcp_err why = {0};
    MCP_TRY(copy_text(root, key, server, err));
    const char *url = json_string_value(json_object_get(server, key));
    if (url == NULL && is_required)
        return MCP_FAIL(err, MCP_E_PEER, "the authorization server names no \"%s\"", key);
    if (url != NULL && mcp_oauth_url_check(url, allows_local, &why) != MCP_OK)
        return MCP_FAIL(err, MCP_E_DENIED, "\"%s\" of the authorization server: %s", key, why.what);
    return MCP_OK;
}

static enum mcp_code copy_flags(const json_t *root, json_t *server, struct mcp_err *err) {
    const json_t *methods = json_object_get(root, "token_endpoint_auth_methods_supported");
    bool names_issuer =
        json_is_true(json_object_get(root, "authorization_response_iss_parameter_supported"));
    bool takes_ids = json_is_true(json_object_get(root, "client_id_metadata_document_supported"));
    MCP_TRY(join_scopes(json_object_get(root, "scopes_supported"), server, "scopes", err));
    if (json_is_array(methods))
        MCP_TRY(copy_texts(methods, 16, server, "auth_methods", err));
    if (json_object_set_new(server, "names_issuer", json_boolean(names_issuer)) != 0 ||
        json_object_set_new(server, "takes_document_ids", json_boolean(takes_ids)) != 0)
        return out_of_memory(err);
    return MCP_OK;
}

static enum mcp_code copy_server(const json_t *root,
                                 const struct mcp_oauth_discovery_wanted *wanted, json_t *server,
                                 struct mcp_err *err) {
    bool local = wanted->allows_local;
    bool code = wanted->needs_code;
    MCP_TRY(copy_text(root, "issuer", server, err));
    MCP_TRY(copy_endpoint(root, "authorization_endpoint", code, local, server, err));
    MCP_TRY(copy_endpoint(root, "token_endpoint", true, local, server, err));
    MCP_TRY(copy_endpoint(root, "registration_endpoint", false, local, server, err));
    if (code && !lists(json_object_get(root, "code_challenge_methods_supported"), "S256"))
        return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                        "the authorization server does not offer PKCE with S256");
    return copy_flags(root, server, err);
}

enum mcp_code mcp_oauth_discovery_judge_server(struct mcp_str body,
                                               const struct mcp_oauth_discovery_wanted *wanted,
                                               json_t **out_server, struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_AUTO(mcp_json_decref) json_t *server = json_object();
    if (server == NULL)
        return out_of_memory(err);
    MCP_TRY(parse(body, &root, err));
    if (!mcp_str_equal(mcp_json_str(json_object_get(root, "issuer")), mcp_str_of(wanted->issuer)))
        return MCP_FAIL(err, MCP_E_DENIED,
                        "the authorization server's metadata is of another issuer");
    MCP_TRY(copy_server(root, wanted, server, err));
    *out_server = MCP_TAKE(server);
    return MCP_OK;
}
