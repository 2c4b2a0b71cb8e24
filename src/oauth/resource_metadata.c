/* SPDX-License-Identifier: MIT */
/* resource_metadata.c - see resource_metadata.h. Pure: no I/O, no clock, no log. */
#include "oauth/resource_metadata.h"

#include "mcp/json.h"
#include "mcp/uri.h"
#include "oauth/scope_text.h"

#define WELL_KNOWN MCP_STR("/.well-known/oauth-protected-resource")

static bool has_upper_case(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z')
            return true;
    }
    return false;
}

static const char *judge_url(struct mcp_str text, struct mcp_uri *uri) {
    if (text.len > OAUTH_MAX_RESOURCE_BYTES || mcp_uri_parse(text, uri, NULL) != MCP_OK)
        return "no URL, or one of more than 2048 bytes";
    bool is_plain = mcp_str_equal(uri->scheme, MCP_STR("http"));
    if ((!is_plain && !mcp_str_equal(uri->scheme, MCP_STR("https"))) || uri->host.len == 0)
        return "no https URL with a host";
    if (has_upper_case(uri->host))
        return "a host that is not in lower case";
    if (is_plain && !mcp_uri_host_is_loopback(uri->host))
        return "http is for loopback hosts only";
    return uri->has_userinfo || uri->has_fragment ? "a URL with userinfo or a fragment" : NULL;
}

static enum mcp_code check_url(struct mcp_str text, bool is_page, struct mcp_uri *out_uri,
                               struct mcp_err *err) {
    struct mcp_uri uri = {0};
    const char *wrong = judge_url(text, &uri);
    if (wrong == NULL && !is_page && uri.has_query)
        wrong = "a URL with a query";
    if (wrong != NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "%s", wrong);
    *out_uri = uri;
    return MCP_OK;
}

static enum mcp_code check_scopes(struct mcp_str scopes, struct mcp_err *err) {
    struct mcp_str word = MCP_STR("");
    while (oauth_scope_next(&scopes, &word)) {
        if (!oauth_scope_is_token(word) || mcp_str_equal(word, MCP_STR("offline_access")))
            return MCP_FAIL(err, MCP_E_INVALID, "not a list of scopes of a resource");
    }
    return MCP_OK;
}

enum mcp_code oauth_resource_check(const struct oauth_resource *resource, struct mcp_err *err) {
    struct mcp_uri uri = {0};
    MCP_TRY(mcp_err_at(err, check_url(resource->url, false, &uri, err), "/url"));
    if (resource->issuer_count == 0 || resource->issuer_count > OAUTH_MAX_ISSUERS)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_INVALID, "none, or more than %d", OAUTH_MAX_ISSUERS),
                          "/issuers");
    for (size_t i = 0; i < resource->issuer_count; i++)
        MCP_TRY(
            mcp_err_at(err, check_url(resource->issuers[i], false, &uri, err), "/issuers/%zu", i));
    MCP_TRY(mcp_err_at(err, check_scopes(resource->scopes, err), "/scopes"));
    if (resource->documentation.len == 0)
        return MCP_OK;
    return mcp_err_at(err, check_url(resource->documentation, true, &uri, err), "/documentation");
}

static void add_member(struct mcp_buf *out, const char *key, struct mcp_str text) {
    if (text.len == 0)
        return;
    mcp_buf_addf(out, ",\"%s\":", key);
    mcp_json_add_string(out, text);
}

static void add_scopes(struct mcp_buf *out, struct mcp_str scopes) {
    struct mcp_str word = MCP_STR("");
    const char *between = ",\"scopes_supported\":[";
    while (oauth_scope_next(&scopes, &word)) {
        mcp_buf_add(out, mcp_str_of(between));
        mcp_json_add_string(out, word);
        between = ",";
    }
    if (between[1] == '\0') /* there was one */
        mcp_buf_addc(out, ']');
}

enum mcp_code oauth_resource_write(const struct oauth_resource *resource, struct mcp_buf *out,
                                   struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("{\"resource\":"));
    mcp_json_add_string(out, resource->url);
    mcp_buf_add(out, MCP_STR(",\"authorization_servers\":["));
    for (size_t i = 0; i < resource->issuer_count; i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        mcp_json_add_string(out, resource->issuers[i]);
    }
    mcp_buf_addc(out, ']');
    add_scopes(out, resource->scopes);
    mcp_buf_add(out, MCP_STR(",\"bearer_methods_supported\":[\"header\"]"));
    add_member(out, "resource_name", resource->name);
    add_member(out, "resource_documentation", resource->documentation);
    mcp_buf_addc(out, '}');
    return mcp_buf_finish(out, err);
}

/* A slash that stands alone after the host goes. */
static void add_path(struct mcp_buf *out, const struct mcp_uri *uri) {
    mcp_buf_add(out, WELL_KNOWN);
    if (uri->path.len > 1)
        mcp_buf_add(out, uri->path);
}

enum mcp_code oauth_resource_path(struct mcp_str url, struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_uri uri = {0};
    MCP_TRY(check_url(url, false, &uri, err));
    add_path(out, &uri);
    return mcp_buf_finish(out, err);
}

enum mcp_code oauth_resource_metadata_url(struct mcp_str url, struct mcp_buf *out,
                                          struct mcp_err *err) {
    struct mcp_uri uri = {0};
    MCP_TRY(check_url(url, false, &uri, err));
    mcp_buf_add(out, (struct mcp_str){url.ptr, url.len - uri.path.len});
    add_path(out, &uri);
    return mcp_buf_finish(out, err);
}
