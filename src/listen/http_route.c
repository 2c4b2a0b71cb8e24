/* SPDX-License-Identifier: MIT */
/* http_route.c - see http_route.h. Pure: no I/O, no clock, no log. */
#include "listen/http_route.h"

#include <string.h>

/* %00 would cut the path short in the HTTP library; '\' and '#' mean a path to some clients. */
static bool is_sound(struct mcp_str target) {
    if (target.len == 0 || target.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < target.len; i++) {
        unsigned char byte = (unsigned char)target.ptr[i];
        if (byte <= 0x20 || byte >= 0x7F || byte == '\\' || byte == '#')
            return false;
        bool hides_nul = byte == '%' && target.len - i >= 3 && target.ptr[i + 1] == '0' &&
                         target.ptr[i + 2] == '0';
        if (hides_nul)
            return false;
    }
    return true;
}

static char hex_digit(char byte) {
    if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f'))
        return byte;
    if (byte >= 'A' && byte <= 'F')
        return (char)(byte - 'A' + 'a');
    return '\0';
}

/* 8-4-4-4-12 digits, with all four dashes or none. */
static bool read_id(struct mcp_str text, char out[33]) {
    if (text.len != 32 && text.len != 36)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool dash_here = text.len == 36 && (i == 8 || i == 13 || i == 18 || i == 23);
        char digit = hex_digit(text.ptr[i]);
        if (dash_here ? text.ptr[i] != '-' : digit == '\0')
            return false;
        if (!dash_here)
            out[count++] = digit;
    }
    out[count] = '\0';
    return true;
}

/* Cut *rest after its next '&'; the part before it. */
static struct mcp_str next_parameter(struct mcp_str *rest) {
    const char *mark = memchr(rest->ptr, '&', rest->len);
    size_t len = mark != NULL ? (size_t)(mark - rest->ptr) : rest->len;
    size_t step = mark != NULL ? len + 1 : len;
    struct mcp_str parameter = {rest->ptr, len};
    *rest = (struct mcp_str){rest->ptr + step, rest->len - step};
    return parameter;
}

/* The first session_id counts. Hexadecimal digits need no percent-encoding, so none is undone. */
static void read_session(struct mcp_str query, struct mcp_http_route *route) {
    static const struct mcp_str key = {"session_id", 10};
    route->has_id = MCP_HTTP_PARAM_ABSENT;
    while (query.len > 0 && route->has_id == MCP_HTTP_PARAM_ABSENT) {
        struct mcp_str value = next_parameter(&query);
        const char *equals = memchr(value.ptr, '=', value.len);
        size_t name_len = equals != NULL ? (size_t)(equals - value.ptr) : value.len;
        if (!mcp_str_equal((struct mcp_str){value.ptr, name_len}, key))
            continue;
        size_t skip = equals != NULL ? name_len + 1 : name_len;
        bool is_good =
            read_id((struct mcp_str){value.ptr + skip, value.len - skip}, route->session_id);
        route->has_id = is_good ? MCP_HTTP_PARAM_GOOD : MCP_HTTP_PARAM_INVALID;
    }
}

static enum mcp_http_endpoint builtin(struct mcp_str path) {
    static const struct {
        struct mcp_str path;
        enum mcp_http_endpoint endpoint;
    } table[] = {
        {{"/mcp", 4}, MCP_HTTP_MCP},
        {{"/messages/", 10}, MCP_HTTP_MESSAGES},
        {{"/sse", 4}, MCP_HTTP_SSE},
        {{"/messages", 9}, MCP_HTTP_MESSAGES},
    };
    for (size_t i = 0; i < MCP_COUNT(table); i++)
        if (mcp_str_equal(path, table[i].path))
            return table[i].endpoint;
    return MCP_HTTP_NOWHERE;
}

void mcp_http_route_find(struct mcp_str target, const char *const *pages, size_t page_count,
                         struct mcp_http_route *out_route) {
    *out_route = (struct mcp_http_route){.endpoint = MCP_HTTP_NOWHERE};
    if (target.len > MCP_HTTP_ROUTE_MAX_TARGET) {
        out_route->endpoint = MCP_HTTP_LONG_TARGET;
        return;
    }
    if (!is_sound(target)) {
        out_route->endpoint = MCP_HTTP_BAD_TARGET;
        return;
    }
    const char *mark = memchr(target.ptr, '?', target.len);
    size_t path_len = mark != NULL ? (size_t)(mark - target.ptr) : target.len;
    struct mcp_str path = {target.ptr, path_len};
    out_route->endpoint = builtin(path);
    if (out_route->endpoint == MCP_HTTP_MESSAGES && mark != NULL)
        read_session((struct mcp_str){mark + 1, target.len - path_len - 1}, out_route);
    for (size_t i = 0; i < page_count && out_route->endpoint == MCP_HTTP_NOWHERE; i++) {
        if (mcp_str_equal(path, mcp_str_of(pages[i]))) {
            out_route->endpoint = MCP_HTTP_PAGE;
            out_route->page = i;
        }
    }
}

const char *mcp_http_route_methods(enum mcp_http_endpoint endpoint) {
    switch (endpoint) {
    case MCP_HTTP_MCP:
        return "GET, POST, DELETE";
    case MCP_HTTP_SSE:
        return "GET";
    case MCP_HTTP_MESSAGES:
        return "POST";
    case MCP_HTTP_PAGE:
        return "GET, HEAD";
    default:
        return "";
    }
}

bool mcp_http_route_allows(enum mcp_http_endpoint endpoint, struct mcp_str method) {
    const char *methods = mcp_http_route_methods(endpoint);
    while (*methods != '\0') {
        size_t len = strcspn(methods, ", ");
        if (mcp_str_equal((struct mcp_str){methods, len}, method))
            return true;
        methods += len;
        methods += strspn(methods, ", ");
    }
    return false;
}
