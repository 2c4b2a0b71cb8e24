/* SPDX-License-Identifier: MIT */
/* jwks_url.c - see jwks_url.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwks_url.h"

#include "mcp/http_text.h"
#include "mcp/uri.h"

enum mcp_code oauth_jwks_url_check(const char *url, bool *out_is_plain, struct mcp_err *err) {
    struct mcp_uri uri;
    MCP_TRY(mcp_uri_parse(mcp_str_of(url), &uri, err));
    bool is_plain = mcp_http_equal_nocase(uri.scheme, MCP_STR("http"));
    if (!is_plain && !mcp_http_equal_nocase(uri.scheme, MCP_STR("https")))
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
    struct mcp_str part = {0};
    while (mcp_http_next_part(&cache_control, ',', &part)) {
        struct mcp_str name = {0};
        struct mcp_str value = {0};
        uint64_t age_ms = 0;
        (void)mcp_http_next_part(&part, '=', &name);
        (void)mcp_http_next_part(&part, ',', &value); /* the rest of it */
        if (mcp_http_equal_nocase(name, MCP_STR("no-store")) ||
            mcp_http_equal_nocase(name, MCP_STR("no-cache")))
            return OAUTH_JWKS_MIN_FRESH_MS;
        if (fresh_ms == 0 && mcp_http_equal_nocase(name, MCP_STR("max-age")) &&
            read_age(unquote(value), &age_ms))
            fresh_ms = age_ms;
    }
    return fresh_ms;
}
