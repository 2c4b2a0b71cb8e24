/* SPDX-License-Identifier: MIT */
/* oauth_request.c - see oauth_request.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_request.h"

#include <string.h>

#include "base/base64.h"
#include "mcp/uri.h"

static const char *const names[] = {"none", "client_secret_basic", "client_secret_post",
                                    "private_key_jwt"};

void mcp_oauth_request_form(const struct mcp_oauth_field *fields, size_t count,
                            struct mcp_buf *out) {
    bool has_one = false;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].value == NULL)
            continue;
        if (has_one)
            mcp_buf_addc(out, '&');
        has_one = true;
        mcp_uri_encode(mcp_str_of(fields[i].name), out);
        mcp_buf_addc(out, '=');
        mcp_uri_encode(mcp_str_of(fields[i].value), out);
    }
}

void mcp_oauth_request_url(const char *endpoint, const struct mcp_oauth_field *fields, size_t count,
                           struct mcp_buf *out) {
    const char *query = strchr(endpoint, '?');
    mcp_buf_add(out, mcp_str_of(endpoint));
    if (query == NULL)
        mcp_buf_addc(out, '?');
    else if (query[1] != '\0')
        mcp_buf_addc(out, '&');
    mcp_oauth_request_form(fields, count, out);
}

enum mcp_code mcp_oauth_request_basic(const char *id, const char *secret, struct mcp_buf *out,
                                      struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf pair = MCP_BUF_INIT(MCP_OAUTH_REQUEST_MAX_BYTES);
    mcp_uri_encode(mcp_str_of(id), &pair);
    mcp_buf_addc(&pair, ':');
    mcp_uri_encode(mcp_str_of(secret), &pair);
    MCP_TRY(mcp_buf_finish(&pair, err));
    mcp_buf_add(out, MCP_STR("Basic "));
    mcp_base64_encode(out, mcp_buf_view(&pair));
    return mcp_buf_finish(out, err);
}

static bool offers(const json_t *offered, enum mcp_oauth_method method) {
    if (offered == NULL)
        return method == MCP_OAUTH_METHOD_BASIC || method == MCP_OAUTH_METHOD_JWT;
    for (size_t i = 0; i < json_array_size(offered); i++)
        if (mcp_str_equal(mcp_json_str(json_array_get(offered, i)), mcp_str_of(names[method])))
            return true;
    return false;
}

static bool is_able(enum mcp_oauth_method method, bool has_secret, bool has_key) {
    switch (method) {
    case MCP_OAUTH_METHOD_NONE:
        return true;
    case MCP_OAUTH_METHOD_JWT:
        return has_key;
    default:
        return has_secret;
    }
}

enum mcp_code mcp_oauth_request_choose(const json_t *offered, const char *registered,
                                       bool has_secret, bool has_key,
                                       enum mcp_oauth_method *out_method, struct mcp_err *err) {
    static const enum mcp_oauth_method order[] = {MCP_OAUTH_METHOD_JWT, MCP_OAUTH_METHOD_BASIC,
                                                  MCP_OAUTH_METHOD_POST};
    for (size_t i = 0; registered != NULL && i < MCP_COUNT(names); i++) {
        enum mcp_oauth_method method = (enum mcp_oauth_method)i;
        if (strcmp(registered, names[i]) == 0 && is_able(method, has_secret, has_key)) {
            *out_method = method;
            return MCP_OK;
        }
    }
    for (size_t i = 0; i < MCP_COUNT(order); i++) {
        if (offers(offered, order[i]) && is_able(order[i], has_secret, has_key)) {
            *out_method = order[i];
            return MCP_OK;
        }
    }
    bool takes_public = offers(offered, MCP_OAUTH_METHOD_NONE);
    if ((has_secret || has_key) && !takes_public)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                        "the authorization server takes no client with these credentials");
    *out_method = MCP_OAUTH_METHOD_NONE; /* what a public client can do at most */
    return MCP_OK;
}

enum mcp_code mcp_oauth_request_choose_registered(const json_t *offered, const char **out_name,
                                                  struct mcp_err *err) {
    static const enum mcp_oauth_method order[] = {MCP_OAUTH_METHOD_NONE, MCP_OAUTH_METHOD_BASIC,
                                                  MCP_OAUTH_METHOD_POST};
    for (size_t i = 0; i < MCP_COUNT(order); i++) {
        if (offers(offered, order[i])) {
            *out_name = names[order[i]];
            return MCP_OK;
        }
    }
    return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                    "the authorization server registers no client of a kind that is known here");
}

enum mcp_code mcp_oauth_request_registration(const struct mcp_oauth_registration *registration,
                                             struct mcp_buf *out, struct mcp_err *err) {
    const struct mcp_oauth_field fields[] = {
        {"\"client_name\":", registration->client_name},
        {",\"redirect_uris\":[", registration->redirect_uri},
        {"],\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"response_types\":["
         "\"code\"],"
         "\"application_type\":\"native\",\"token_endpoint_auth_method\":",
         registration->method},
        {",\"scope\":", registration->scope},
    };
    mcp_buf_addc(out, '{');
    for (size_t i = 0; i < MCP_COUNT(fields); i++) {
        if (fields[i].value == NULL || fields[i].value[0] == '\0')
            continue;
        mcp_buf_add(out, mcp_str_of(fields[i].name));
        mcp_json_add_string(out, mcp_str_of(fields[i].value));
    }
    mcp_buf_addc(out, '}');
    return mcp_buf_finish(out, err);
}
