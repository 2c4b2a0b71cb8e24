/* SPDX-License-Identifier: MIT */
/* oauth_redirect.c - see oauth_redirect.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_redirect.h"

#include <stdio.h>
#include <string.h>

#include "mcp/http_text.h"
#include "mcp/uri.h"
#include "oauth_client/oauth_url.h"

/* The line at *at without its CR LF; *at is moved behind it. */
static struct mcp_str take_line(struct mcp_str head, size_t *at) {
    size_t from = *at;
    while (*at + 1 < head.len && memcmp(head.ptr + *at, "\r\n", 2) != 0)
        (*at)++;
    struct mcp_str line = {head.ptr + from, *at - from};
    *at += 2;
    return line;
}

static bool is_whole(struct mcp_str head) {
    for (size_t i = 0; i + 4 <= head.len; i++)
        if (memcmp(head.ptr + i, "\r\n\r\n", 4) == 0)
            return true;
    return false;
}

/* A page of another name for this machine could otherwise send a code of its own. */
static bool is_our_host(struct mcp_str value, uint16_t port) {
    char url[160];
    struct mcp_uri uri;
    if (value.len == 0 || value.len > 100)
        return false;
    (void)snprintf(url, sizeof url, "http://%.*s/", (int)value.len, value.ptr);
    return mcp_uri_parse(mcp_str_of(url), &uri, NULL) == MCP_OK && !uri.has_userinfo &&
           mcp_str_equal(uri.path, MCP_STR("/")) && mcp_oauth_url_is_local(url) &&
           (uri.port != 0 ? uri.port : 80) == port;
}

static bool has_our_host(struct mcp_str head, size_t at, uint16_t port) {
    bool is_ours = false;
    size_t hosts = 0;
    for (struct mcp_str line = take_line(head, &at); line.len > 0; line = take_line(head, &at)) {
        const char *colon = memchr(line.ptr, ':', line.len);
        struct mcp_str name = {line.ptr, colon != NULL ? (size_t)(colon - line.ptr) : 0};
        if (colon == NULL || !mcp_http_equal_nocase(name, MCP_STR("Host")))
            continue;
        struct mcp_str value = {colon + 1, line.len - name.len - 1};
        while (value.len > 0 && (value.ptr[0] == ' ' || value.ptr[0] == '\t'))
            value = (struct mcp_str){value.ptr + 1, value.len - 1};
        while (value.len > 0 && value.ptr[value.len - 1] == ' ')
            value.len--;
        is_ours = is_our_host(value, port);
        hosts++;
    }
    return is_ours && hosts == 1;
}

enum mcp_oauth_redirect mcp_oauth_redirect_read(struct mcp_str head, const char *path,
                                                uint16_t port, struct mcp_str *out_query) {
    size_t at = 0;
    if (!is_whole(head))
        return head.len < MCP_OAUTH_REDIRECT_MAX_BYTES ? MCP_OAUTH_REDIRECT_MORE
                                                       : MCP_OAUTH_REDIRECT_BAD;
    struct mcp_str line = take_line(head, &at);
    if (line.len < 4 || memcmp(line.ptr, "GET ", 4) != 0 || !has_our_host(head, at, port))
        return MCP_OAUTH_REDIRECT_BAD;
    line = (struct mcp_str){line.ptr + 4, line.len - 4};
    const char *end = memchr(line.ptr, ' ', line.len);
    if (end == NULL)
        return MCP_OAUTH_REDIRECT_BAD;
    line.len = (size_t)(end - line.ptr);
    const char *mark = memchr(line.ptr, '?', line.len);
    struct mcp_str asked = {line.ptr, mark != NULL ? (size_t)(mark - line.ptr) : line.len};
    if (!mcp_str_equal(asked, mcp_str_of(path)) || mark == NULL)
        return MCP_OAUTH_REDIRECT_OTHER;
    *out_query = (struct mcp_str){mark + 1, line.len - asked.len - 1};
    return MCP_OAUTH_REDIRECT_QUERY;
}

struct mcp_str mcp_oauth_redirect_query(struct mcp_str url) {
    while (url.len > 0 && (unsigned char)url.ptr[url.len - 1] <= ' ')
        url.len--;
    const char *mark = url.len > 0 ? memchr(url.ptr, '?', url.len) : NULL;
    if (mark == NULL)
        return MCP_STR("");
    struct mcp_str query = {mark + 1, (size_t)(url.ptr + url.len - mark) - 1};
    const char *fragment = query.len > 0 ? memchr(query.ptr, '#', query.len) : NULL;
    if (fragment != NULL)
        query.len = (size_t)(fragment - query.ptr);
    return query;
}

enum mcp_code mcp_oauth_redirect_split(const char *uri, struct mcp_str *out_host,
                                       uint16_t *out_port, struct mcp_str *out_path,
                                       struct mcp_err *err) {
    struct mcp_uri split;
    struct mcp_err why = {0};
    if (mcp_uri_parse(mcp_str_of(uri), &split, &why) != MCP_OK)
        return MCP_FAIL(err, MCP_E_INVALID, "the redirect URI is none: %s", why.what);
    if (!mcp_http_equal_nocase(split.scheme, MCP_STR("http")) || !mcp_oauth_url_is_local(uri) ||
        split.has_query || split.has_fragment || split.has_userinfo)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "the redirect URI must be like http://127.0.0.1:8765/callback");
    *out_host = split.host;
    *out_port = split.port;
    *out_path = split.path.len > 0 ? split.path : MCP_STR("/");
    return MCP_OK;
}
