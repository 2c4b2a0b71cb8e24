/* SPDX-License-Identifier: MIT */
/* jwks_url.c - see jwks_url.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwks_url.h"

#include <string.h>

#include "mcp/uri.h"

static char lower(char byte) {
    return (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
}

/* `name` is in lower case. */
static bool is_word(struct mcp_str text, const char *name) {
    if (text.len != strlen(name))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (lower(text.ptr[i]) != name[i])
            return false;
    return true;
}

enum mcp_code oauth_jwks_url_check(const char *url, bool *out_is_plain, struct mcp_err *err) {
    struct mcp_uri uri;
    MCP_TRY(mcp_uri_parse(mcp_str_of(url), &uri, err));
    bool is_plain = is_word(uri.scheme, "http");
    if (!is_plain && !is_word(uri.scheme, "https"))
        return MCP_FAIL(err, MCP_E_INVALID, "keys are fetched from a URL with https");
    if (uri.host.len == 0)
        return MCP_FAIL(err, MCP_E_INVALID, "a URL without a host");
    if (uri.has_userinfo || uri.has_fragment)
        return MCP_FAIL(err, MCP_E_INVALID, "a URL with a user or a fragment");
    if (is_plain && !mcp_uri_host_is_loopback(uri.host))
        return MCP_FAIL(err, MCP_E_INVALID,
                        "keys are fetched over http from this machine alone: take https");
    *out_is_plain = is_plain;
    return MCP_OK;
}

/* ---- Cache-Control ---- */

static struct mcp_str trim(struct mcp_str text) {
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = (struct mcp_str){text.ptr + 1, text.len - 1};
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static struct mcp_str take_until(struct mcp_str *rest, char mark) {
    const char *at = rest->len > 0 ? memchr(rest->ptr, mark, rest->len) : NULL;
    size_t len = at != NULL ? (size_t)(at - rest->ptr) : rest->len;
    struct mcp_str part = {rest->ptr, len};
    size_t taken = at != NULL ? len + 1 : len;
    *rest = (struct mcp_str){rest->ptr + taken, rest->len - taken};
    return trim(part);
}

static struct mcp_str unquote(struct mcp_str text) {
    bool is_quoted = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"';
    return is_quoted ? (struct mcp_str){text.ptr + 1, text.len - 2} : text;
}

/* Seconds as bounded milliseconds; false when it is no number. */
static bool read_age(struct mcp_str digits, uint64_t *out_ms) {
    uint64_t ms = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return false;
        ms = ms * 10 + (uint64_t)(digits.ptr[i] - '0') * 1000;
        if (ms > OAUTH_JWKS_MAX_FRESH_MS)
            ms = OAUTH_JWKS_MAX_FRESH_MS;
    }
    *out_ms = ms > OAUTH_JWKS_MIN_FRESH_MS ? ms : OAUTH_JWKS_MIN_FRESH_MS;
    return digits.len > 0;
}

uint64_t oauth_jwks_url_fresh_ms(struct mcp_str cache_control) {
    uint64_t fresh_ms = 0;
    while (cache_control.len > 0) {
        struct mcp_str value = take_until(&cache_control, ',');
        struct mcp_str name = take_until(&value, '=');
        uint64_t age_ms = 0;
        if (is_word(name, "no-store") || is_word(name, "no-cache"))
            return OAUTH_JWKS_MIN_FRESH_MS;
        if (fresh_ms == 0 && is_word(name, "max-age") && read_age(unquote(trim(value)), &age_ms))
            fresh_ms = age_ms;
    }
    return fresh_ms;
}
