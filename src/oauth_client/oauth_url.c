/* SPDX-License-Identifier: MIT */
/* oauth_url.c - see oauth_url.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_url.h"

#include <string.h>

#include "mcp/http_text.h"
#include "mcp/uri.h"

static bool is_loopback_v4(struct mcp_str host) {
    size_t dots = 0;
    if (host.len < 4 || memcmp(host.ptr, "127.", 4) != 0)
        return false;
    for (size_t i = 0; i < host.len; i++) {
        if (host.ptr[i] == '.')
            dots++;
        else if (host.ptr[i] < '0' || host.ptr[i] > '9')
            return false;
    }
    return dots == 3;
}

static bool is_local(const struct mcp_uri *uri) {
    return mcp_http_equal_nocase(uri->host, MCP_STR("localhost")) ||
           mcp_str_equal(uri->host, MCP_STR("::1")) || is_loopback_v4(uri->host);
}

bool mcp_oauth_url_is_local(const char *url) {
    struct mcp_uri uri;
    return mcp_uri_parse(mcp_str_of(url), &uri, NULL) == MCP_OK && is_local(&uri);
}

enum mcp_code mcp_oauth_url_check(const char *url, bool allows_local, struct mcp_err *err) {
    struct mcp_uri uri;
    MCP_TRY(mcp_uri_parse(mcp_str_of(url), &uri, err));
    if (uri.host.len == 0)
        return MCP_FAIL(err, MCP_E_DENIED, "it names no host");
    if (uri.has_userinfo)
        return MCP_FAIL(err, MCP_E_DENIED, "it has a user name in it");
    if (uri.has_fragment)
        return MCP_FAIL(err, MCP_E_DENIED, "it has a fragment");
    if (is_local(&uri) && !allows_local)
        return MCP_FAIL(err, MCP_E_DENIED, "it points to this machine");
    bool is_https = mcp_http_equal_nocase(uri.scheme, MCP_STR("https"));
    bool is_http = mcp_http_equal_nocase(uri.scheme, MCP_STR("http"));
    if (!is_https && !(is_http && is_local(&uri)))
        return MCP_FAIL(err, MCP_E_DENIED, "it is not https");
    return MCP_OK;
}

static char lower(char byte) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    if (byte < 'A' || byte > 'Z')
        return byte;
    return letters[byte - 'A'];
}

static void add_lower(struct mcp_str text, struct mcp_buf *out) {
    for (size_t i = 0; i < text.len; i++)
        mcp_buf_addc(out, lower(text.ptr[i]));
}

static void add_origin(const struct mcp_uri *uri, struct mcp_buf *out) {
    bool is_v6 = memchr(uri->host.ptr, ':', uri->host.len) != NULL;
    unsigned usual = mcp_http_equal_nocase(uri->scheme, MCP_STR("https")) ? 443 : 80;
    add_lower(uri->scheme, out);
    mcp_buf_add(out, is_v6 ? MCP_STR("://[") : MCP_STR("://"));
    add_lower(uri->host, out);
    if (is_v6)
        mcp_buf_addc(out, ']');
    if (uri->port != 0 && uri->port != usual)
        mcp_buf_addf(out, ":%u", (unsigned)uri->port);
}

static struct mcp_str without_slash(struct mcp_str path) {
    while (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

enum mcp_code mcp_oauth_url_resource(const char *url, struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_uri uri;
    MCP_TRY(mcp_uri_parse(mcp_str_of(url), &uri, err));
    add_origin(&uri, out);
    if (!mcp_str_equal(uri.path, MCP_STR("/")) || uri.has_query)
        mcp_buf_add(out, uri.path);
    if (uri.has_query) {
        mcp_buf_addc(out, '?');
        mcp_buf_add(out, uri.query);
    }
    return mcp_buf_finish(out, err);
}

bool mcp_oauth_url_covers(const char *resource, const char *server_url) {
    struct mcp_uri outer;
    struct mcp_uri inner;
    if (mcp_uri_parse(mcp_str_of(resource), &outer, NULL) != MCP_OK ||
        mcp_uri_parse(mcp_str_of(server_url), &inner, NULL) != MCP_OK ||
        !mcp_uri_same_origin(&outer, &inner) || outer.has_userinfo || outer.has_fragment)
        return false;
    struct mcp_str path = without_slash(outer.path);
    if (outer.has_query && !(inner.has_query && mcp_str_equal(outer.query, inner.query)))
        return false;
    return inner.path.len >= path.len && memcmp(inner.path.ptr, path.ptr, path.len) == 0 &&
           (inner.path.len == path.len || inner.path.ptr[path.len] == '/');
}

enum mcp_code mcp_oauth_url_well_known(const char *url, const char *before, const char *after,
                                       bool has_path, struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_uri uri;
    MCP_TRY(mcp_uri_parse(mcp_str_of(url), &uri, err));
    add_origin(&uri, out);
    mcp_buf_add(out, mcp_str_of(before));
    if (has_path)
        mcp_buf_add(out, without_slash(uri.path));
    mcp_buf_add(out, mcp_str_of(after));
    return mcp_buf_finish(out, err);
}
