/* SPDX-License-Identifier: MIT */
/* proxy.c - see proxy.h. Pure: no I/O, no clock, no log. */
#include "dial/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/http_text.h"
#include "mcp/uri.h"

/* --- the environment -------------------------------------------------------------------------- */

static enum mcp_code read_one(const char *(*get)(void *user, const char *name), void *user,
                              const char *name, const char *other_name, char **out,
                              struct mcp_err *err) {
    const char *value = get(user, name);
    if ((value == NULL || value[0] == '\0') && other_name != NULL) {
        name = other_name;
        value = get(user, name);
    }
    if (value == NULL || value[0] == '\0')
        return MCP_OK;
    if (strnlen(value, MCP_PROXY_MAX_BYTES + 1) > MCP_PROXY_MAX_BYTES)
        return mcp_err_at(
            err, MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", (int)MCP_PROXY_MAX_BYTES), "%s",
            name);
    *out = mcp_strdup(value);
    return *out != NULL ? MCP_OK
                        : MCP_FAIL(err, MCP_E_NOMEM, "out of memory for the proxies' settings");
}

static enum mcp_code read_all(struct mcp_proxy_env *env,
                              const char *(*get)(void *user, const char *name), void *user,
                              struct mcp_err *err) {
    MCP_TRY(read_one(get, user, "http_proxy", NULL, &env->http, err));
    MCP_TRY(read_one(get, user, "https_proxy", "HTTPS_PROXY", &env->https, err));
    MCP_TRY(read_one(get, user, "all_proxy", "ALL_PROXY", &env->all, err));
    return read_one(get, user, "no_proxy", "NO_PROXY", &env->none, err);
}

enum mcp_code mcp_proxy_env_init(struct mcp_proxy_env *env,
                                 const char *(*get)(void *user, const char *name), void *user,
                                 struct mcp_err *err) {
    struct mcp_proxy_env made = {0};
    enum mcp_code code = read_all(&made, get, user, err);
    if (code != MCP_OK)
        mcp_proxy_env_deinit(&made);
    else
        *env = made;
    return code;
}

void mcp_proxy_env_deinit(struct mcp_proxy_env *env) {
    mcp_free(env->http);
    mcp_free(env->https);
    mcp_free(env->all);
    mcp_free(env->none);
    *env = (struct mcp_proxy_env){0};
}

/* --- hosts ------------------------------------------------------------------------------------ */

/* A host, or an entry of no_proxy: a name, or the 4 or 16 bytes of an address. */
struct host {
    struct mcp_str name;
    unsigned char bytes[16];
    size_t byte_count; /* 0: a name */
};

static struct host look_at(struct mcp_str text) {
    struct host host = {.name = text};
    char copy[INET6_ADDRSTRLEN];
    if (text.len < sizeof copy) {
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = '\0';
        if (inet_pton(AF_INET, copy, host.bytes) == 1)
            host.byte_count = 4;
        else if (inet_pton(AF_INET6, copy, host.bytes) == 1)
            host.byte_count = 16;
    }
    return host;
}

/* `name` is `domain` or a name below it. */
static bool is_below(struct mcp_str name, struct mcp_str domain) {
    if (domain.len == 0 || name.len < domain.len)
        return false;
    size_t before = name.len - domain.len;
    return mcp_http_equal_nocase((struct mcp_str){name.ptr + before, domain.len}, domain) &&
           (before == 0 || name.ptr[before - 1] == '.');
}

static bool is_this_machine(const struct host *host) {
    static const unsigned char six[16] = {[15] = 1};
    static const unsigned char mapped[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    if (host->byte_count == 4)
        return host->bytes[0] == 127;
    if (host->byte_count == 16)
        return memcmp(host->bytes, six, sizeof six) == 0 ||
               memcmp(host->bytes, mapped, sizeof mapped) == 0;
    return is_below(host->name, MCP_STR("localhost"));
}

/* --- no_proxy --------------------------------------------------------------------------------- */

static bool has_prefix(const unsigned char *bytes, const unsigned char *prefix, size_t bits) {
    size_t rest = bits % 8;
    unsigned mask = rest != 0 ? 0xffU & (0xffU << (8 - rest)) : 0;
    return memcmp(bytes, prefix, bits / 8) == 0 &&
           (rest == 0 || ((bytes[bits / 8] ^ prefix[bits / 8]) & mask) == 0);
}

/* The digits after "/"; SIZE_MAX when they are no number up to `max`. */
static size_t bits_of(struct mcp_str text, size_t max) {
    size_t bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || bits > max)
            return SIZE_MAX;
        bits = bits * 10 + (size_t)(text.ptr[i] - '0');
    }
    return text.len > 0 && bits <= max ? bits : SIZE_MAX;
}

static struct mcp_str without_brackets(struct mcp_str text) {
    if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        return (struct mcp_str){text.ptr + 1, text.len - 2};
    return text;
}

static bool covers(struct mcp_str entry, const struct host *host) {
    const char *slash = memchr(entry.ptr, '/', entry.len);
    struct mcp_str first = {entry.ptr, slash != NULL ? (size_t)(slash - entry.ptr) : entry.len};
    if (host->byte_count == 0) {
        bool has_dot = entry.len > 0 && entry.ptr[0] == '.';
        struct mcp_str domain = {entry.ptr + has_dot, entry.len - has_dot};
        if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
            domain.len--;
        return is_below(host->name, domain);
    }
    struct host net = look_at(without_brackets(first));
    size_t bits = net.byte_count * 8;
    if (net.byte_count != host->byte_count)
        return false;
    if (slash != NULL)
        bits = bits_of((struct mcp_str){slash + 1, entry.len - first.len - 1}, bits);
    return bits != SIZE_MAX && has_prefix(host->bytes, net.bytes, bits);
}

static bool is_excepted(const char *list, const struct host *host) {
    static const char between[] = ", \t\n";
    if (list == NULL)
        return false;
    for (const char *at = list + strspn(list, between); *at != '\0'; at += strspn(at, between)) {
        struct mcp_str entry = {at, strcspn(at, between)};
        if (mcp_str_equal(entry, MCP_STR("*")) || covers(entry, host))
            return true;
        at += entry.len;
    }
    return false;
}

/* --- the proxy -------------------------------------------------------------------------------- */

/* "proxy:3128" is an HTTP proxy. */
static bool is_proxy_url(const char *text) {
    static const char *const schemes[] = {"http",    "https",  "socks4",
                                          "socks4a", "socks5", "socks5h"};
    struct mcp_uri uri;
    if (strstr(text, "://") == NULL)
        return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "-._~:[]@%!$&'()*+;=") == strlen(text);
    if (mcp_uri_parse(mcp_str_of(text), &uri, NULL) != MCP_OK || uri.host.len == 0)
        return false;
    for (size_t i = 0; i < MCP_COUNT(schemes); i++)
        if (mcp_http_equal_nocase(uri.scheme, mcp_str_of(schemes[i])))
            return true;
    return false;
}

enum mcp_code mcp_proxy_choose(const struct mcp_proxy_env *env, const char *scheme,
                               const char *host, const char **out_proxy, struct mcp_err *err) {
    bool is_https = strcmp(scheme, "https") == 0;
    const char *own = is_https ? env->https : env->http;
    const char *name = is_https ? "https_proxy" : "http_proxy";
    const char *proxy = own != NULL ? own : env->all;
    struct mcp_str text = mcp_str_of(host);
    if (text.len > 0 && text.ptr[text.len - 1] == '.')
        text.len--;
    struct host target = look_at(text);
    *out_proxy = NULL;
    if (proxy == NULL || is_this_machine(&target) || is_excepted(env->none, &target))
        return MCP_OK;
    if (!is_proxy_url(proxy))
        return MCP_FAIL(err, MCP_E_INVALID,
                        "the variable %s is no URL of a proxy: scheme http, https, socks4, "
                        "socks4a, socks5 or socks5h, and a host",
                        own != NULL ? name : "all_proxy");
    *out_proxy = proxy;
    return MCP_OK;
}
