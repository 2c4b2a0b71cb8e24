/* SPDX-License-Identifier: MIT */
/* Target: what the OAuth client reads of strangers. Input: a letter, then what it says: c a
 * challenge, r metadata of a resource, s of an authorization server, t the answer of a token
 * endpoint, g of an identity provider, n of a registration, q a redirect's query.
 * Properties: what is taken can be sent in a header; an endpoint is one where credentials may go; a
 * redirect with another state is never taken; a failure says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oauth_client/oauth_challenge.h"
#include "oauth_client/oauth_discovery.h"
#include "oauth_client/oauth_response.h"
#include "oauth_client/oauth_url.h"

enum { NOW_S = 1000 };

static const char state[] = "st";
static const char issuer[] = "https://as";

static void require(bool claim) {
    if (!claim)
        abort();
}

/* True when it was taken. */
static bool told(enum mcp_code code, const struct mcp_err *err) {
    require(code == err->code);
    require(code == MCP_OK || (err->what[0] != '\0' && code != MCP_E_BUG && code != MCP_E_NOMEM));
    return code == MCP_OK;
}

static void require_plain(struct mcp_str text) {
    require(text.len > 0 && text.len <= MCP_OAUTH_TOKEN_MAX_BYTES);
    for (size_t i = 0; i < text.len; i++)
        require(text.ptr[i] > ' ' && text.ptr[i] <= '~');
}

static void require_plain_at(const json_t *object, const char *key, bool is_optional) {
    const json_t *value = json_object_get(object, key);
    require(value != NULL || is_optional);
    if (value != NULL)
        require_plain(mcp_json_str(value));
}

static void read_challenge(struct mcp_str text) {
    MCP_AUTO(mcp_json_decref) json_t *parameters = NULL;
    struct mcp_err err = {0};
    const char *name = NULL;
    const json_t *value = NULL;
    require(told(mcp_oauth_challenge_parse(text, &parameters, &err), &err));
    require(json_object_size(parameters) <= MCP_OAUTH_CHALLENGE_MAX_PARAMETERS);
    json_object_foreach(parameters, name, value) {
        require(json_is_string(value));
        require(strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ =\",") == NULL);
    }
}

static void read_resource(struct mcp_str text) {
    MCP_AUTO(mcp_json_decref) json_t *resource = NULL;
    struct mcp_err err = {0};
    if (!told(mcp_oauth_discovery_judge_resource(text, &resource, &err), &err))
        return;
    const json_t *issuers = json_object_get(resource, "issuers");
    require(json_is_string(json_object_get(resource, "resource")));
    require(json_array_size(issuers) >= 1 &&
            json_array_size(issuers) <= MCP_OAUTH_DISCOVERY_MAX_ISSUERS);
    for (size_t i = 0; i < json_array_size(issuers); i++) {
        MCP_AUTO(mcp_json_decref) json_t *urls = NULL;
        const char *one = json_string_value(json_array_get(issuers, i));
        struct mcp_err why = {0};
        require(one != NULL);
        if (told(mcp_oauth_discovery_server_urls(one, false, &urls, &why), &why))
            require(json_array_size(urls) >= 1 &&
                    json_array_size(urls) <= MCP_OAUTH_DISCOVERY_MAX_URLS);
    }
}

static void require_safe(const json_t *server, const char *key) {
    const char *url = json_string_value(json_object_get(server, key));
    require(url == NULL || mcp_oauth_url_check(url, false, NULL) == MCP_OK);
}

static void read_server(struct mcp_str text) {
    MCP_AUTO(mcp_json_decref) json_t *server = NULL;
    struct mcp_err err = {0};
    const struct mcp_oauth_discovery_wanted wanted = {.issuer = issuer, .needs_code = true};
    if (!told(mcp_oauth_discovery_judge_server(text, &wanted, &server, &err), &err))
        return;
    require(strcmp(json_string_value(json_object_get(server, "issuer")), issuer) == 0);
    require(json_is_string(json_object_get(server, "token_endpoint")));
    require(json_is_string(json_object_get(server, "authorization_endpoint")));
    require_safe(server, "token_endpoint");
    require_safe(server, "authorization_endpoint");
    require_safe(server, "registration_endpoint");
}

static void read_token(struct mcp_str text, long status) {
    MCP_AUTO(mcp_json_decref) json_t *token = NULL;
    struct mcp_err err = {0};
    if (!told(mcp_oauth_response_judge_token(status, text, NOW_S, &token, &err), &err))
        return;
    const json_t *expiry = json_object_get(token, "expires_at");
    require(status < 300);
    require_plain_at(token, "access_token", false);
    require_plain_at(token, "refresh_token", true);
    require(expiry == NULL ||
            (json_integer_value(expiry) >= NOW_S &&
             json_integer_value(expiry) <= (json_int_t)NOW_S + MCP_OAUTH_TOKEN_MAX_S));
}

static void read_grant(struct mcp_str text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf grant = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    struct mcp_err err = {0};
    if (told(mcp_oauth_response_judge_grant(200, text, &grant, &err), &err))
        require_plain(mcp_buf_view(&grant));
}

static void read_registration(struct mcp_str text) {
    MCP_AUTO(mcp_json_decref) json_t *client = NULL;
    struct mcp_err err = {0};
    if (!told(mcp_oauth_response_judge_client(201, text, &client, &err), &err))
        return;
    require_plain_at(client, "id", false);
    require_plain_at(client, "secret", true);
}

static void read_redirect(struct mcp_str text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf code = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf none = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    struct mcp_oauth_redirect_wanted wanted = {.state = state, .issuer = issuer};
    struct mcp_err err = {0};
    if (told(mcp_oauth_response_judge_redirect(text, &wanted, &code, &err), &err))
        require_plain(mcp_buf_view(&code));
    bool is_ours = err.code != MCP_E_STATE;
    wanted.state = "another";
    err = (struct mcp_err){0};
    enum mcp_code other = mcp_oauth_response_judge_redirect(text, &wanted, &none, &err);
    require(!is_ours || other == MCP_E_STATE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct mcp_str text = {(const char *)data + 1, size - 1};
    switch (data[0]) {
    case 'c':
        read_challenge(text);
        break;
    case 'r':
        read_resource(text);
        break;
    case 's':
        read_server(text);
        break;
    case 't':
        read_token(text, 200);
        read_token(text, 400);
        break;
    case 'g':
        read_grant(text);
        break;
    case 'n':
        read_registration(text);
        break;
    case 'q':
        read_redirect(text);
        break;
    default:
        break;
    }
    return 0;
}
