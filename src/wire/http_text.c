/* SPDX-License-Identifier: MIT */
/* http_text.c - see mcp/http_text.h. Pure: no I/O, no clock, no log. */
#include "mcp/http_text.h"

#include <string.h>

static char lower(char byte) {
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte | 0x20);
    return byte;
}

static bool is_alnum(char byte) {
    return (byte >= '0' && byte <= '9') || (lower(byte) >= 'a' && lower(byte) <= 'z');
}

static struct mcp_str trim(struct mcp_str text) {
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = (struct mcp_str){text.ptr + 1, text.len - 1};
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

bool mcp_http_next_part(struct mcp_str *rest, char separator, struct mcp_str *out_part) {
    if (rest->ptr == NULL)
        return false;
    bool is_quoted = false;
    size_t at = 0;
    for (; at < rest->len && (is_quoted || rest->ptr[at] != separator); at++) {
        if (rest->ptr[at] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && rest->ptr[at] == '\\' && at + 1 < rest->len)
            at++;
    }
    *out_part = trim((struct mcp_str){rest->ptr, at});
    if (at < rest->len)
        *rest = (struct mcp_str){rest->ptr + at + 1, rest->len - at - 1};
    else
        *rest = (struct mcp_str){0};
    return true;
}

/* `name=value` or `name="value"` (escapes in it are left alone); false when there is no "=". */
static bool split_parameter(struct mcp_str text, struct mcp_str *out_name,
                            struct mcp_str *out_value) {
    const char *equals = text.len > 0 ? memchr(text.ptr, '=', text.len) : NULL;
    if (equals == NULL || equals == text.ptr)
        return false;
    *out_name = (struct mcp_str){text.ptr, (size_t)(equals - text.ptr)};
    struct mcp_str value = {equals + 1, text.len - out_name->len - 1};
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = (struct mcp_str){value.ptr + 1, value.len - 2};
    *out_value = value;
    return value.len > 0;
}

const struct mcp_str *mcp_http_find(const struct mcp_http_head *head, struct mcp_str name,
                                    size_t *out_count) {
    const struct mcp_str *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < head->header_count; i++) {
        if (!mcp_http_equal_nocase(head->headers[i].name, name))
            continue;
        if (count++ == 0)
            first = &head->headers[i].value;
        if (out_count == NULL)
            break;
    }
    if (out_count != NULL)
        *out_count = count;
    return first;
}

bool mcp_http_media_type_is(struct mcp_str content_type, struct mcp_str media_type) {
    struct mcp_str rest = content_type;
    struct mcp_str part = {0};
    if (!mcp_http_next_part(&rest, ';', &part) || !mcp_http_equal_nocase(part, media_type))
        return false;
    while (mcp_http_next_part(&rest, ';', &part)) {
        struct mcp_str name;
        struct mcp_str value;
        if (part.len == 0)
            continue;
        if (!split_parameter(part, &name, &value))
            return false;
        if (mcp_http_equal_nocase(name, MCP_STR("charset")) &&
            !mcp_http_equal_nocase(value, MCP_STR("utf-8")))
            return false;
    }
    return true;
}

/* 0 none, 1 any type, 2 this type with any subtype, 3 exactly it */
static int closeness(struct mcp_str range, struct mcp_str media_type) {
    if (mcp_http_equal_nocase(range, media_type))
        return 3;
    if (mcp_str_equal(range, MCP_STR("*/*")))
        return 1;
    const char *slash = memchr(media_type.ptr, '/', media_type.len);
    size_t type_len = slash != NULL ? (size_t)(slash - media_type.ptr) + 1 : media_type.len;
    bool is_type_range = range.len == type_len + 1 && range.ptr[type_len] == '*' &&
                         mcp_http_equal_nocase((struct mcp_str){range.ptr, type_len},
                                               (struct mcp_str){media_type.ptr, type_len});
    return is_type_range ? 2 : 0;
}

/* qvalue of RFC 9110 section 12.4.2: "0", "0.5", "1.000". */
static bool read_weight(struct mcp_str text, bool *out_is_zero) {
    if (text.len == 0 || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1') ||
        (text.len > 1 && text.ptr[1] != '.'))
        return false;
    bool is_zero = text.ptr[0] == '0';
    for (size_t i = 2; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > (text.ptr[0] == '1' ? '0' : '9'))
            return false;
        is_zero = is_zero && text.ptr[i] == '0';
    }
    *out_is_zero = is_zero;
    return true;
}

/* How closely one range of an Accept value matches; 0 when it does not, or is malformed. */
static int match_range(struct mcp_str range, struct mcp_str media_type, bool *out_is_refused) {
    struct mcp_str rest = range;
    struct mcp_str part = {0};
    int close = mcp_http_next_part(&rest, ';', &part) ? closeness(part, media_type) : 0;
    *out_is_refused = false;
    while (close > 0 && mcp_http_next_part(&rest, ';', &part)) {
        struct mcp_str name;
        struct mcp_str value;
        bool is_read = split_parameter(part, &name, &value);
        if (is_read && mcp_http_equal_nocase(name, MCP_STR("q")))
            is_read = read_weight(value, out_is_refused);
        if (part.len > 0 && !is_read)
            return 0;
    }
    return close;
}

bool mcp_http_accepts(struct mcp_str accept, struct mcp_str media_type) {
    struct mcp_str rest = accept;
    struct mcp_str range = {0};
    int best = 0;
    bool is_accepted = false;
    while (mcp_http_next_part(&rest, ',', &range)) {
        bool is_refused = false;
        int close = match_range(range, media_type, &is_refused);
        if (close == 0 || close < best)
            continue;
        is_accepted = !is_refused || (close == best && is_accepted);
        best = close;
    }
    return is_accepted;
}

bool mcp_http_accept_leads(struct mcp_str accept, struct mcp_str media_type) {
    struct mcp_str rest = accept;
    struct mcp_str range = {0};
    bool is_refused = false;
    return mcp_http_next_part(&rest, ',', &range) &&
           match_range(range, media_type, &is_refused) == 3 && !is_refused;
}

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte = lower(byte);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static enum mcp_code form_decode(struct mcp_str text, struct mcp_buf *out, struct mcp_err *err) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%') {
            mcp_buf_addc(out, (char)(text.ptr[i] == '+' ? ' ' : text.ptr[i]));
            continue;
        }
        int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
        int low = i + 2 < text.len ? hex_digit(text.ptr[i + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return mcp_err_at(err, MCP_FAIL(err, MCP_E_SYNTAX, "malformed percent escape"),
                              "byte %zu", i);
        mcp_buf_addc(out, (char)(high * 16 + low));
        i += 2;
    }
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_http_query_get(struct mcp_str query, struct mcp_str name, struct mcp_buf *out,
                                 struct mcp_err *err) {
    size_t at = 0;
    while (at < query.len) {
        const char *start = query.ptr + at;
        const char *end = memchr(start, '&', query.len - at);
        size_t len = end != NULL ? (size_t)(end - start) : query.len - at;
        const char *equals = memchr(start, '=', len);
        size_t name_len = equals != NULL ? (size_t)(equals - start) : len;
        if (mcp_str_equal((struct mcp_str){start, name_len}, name)) {
            size_t skip = equals != NULL ? name_len + 1 : len;
            return form_decode((struct mcp_str){start + skip, len - skip}, out, err);
        }
        at += len + 1;
    }
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "no query parameter \"%.*s\"", (int)name.len, name.ptr);
}

static bool is_token68_char(char byte) {
    return is_alnum(byte) || (byte != '\0' && strchr("-._~+/", byte) != NULL);
}

static bool is_token68(struct mcp_str text) {
    size_t at = 0;
    while (at < text.len && is_token68_char(text.ptr[at]))
        at++;
    size_t body = at;
    while (at < text.len && text.ptr[at] == '=')
        at++;
    return body > 0 && at == text.len;
}

bool mcp_http_bearer(struct mcp_str authorization, struct mcp_str *out_token) {
    static const struct mcp_str scheme = {"bearer", 6};
    if (authorization.len <= scheme.len || authorization.ptr[scheme.len] != ' ' ||
        !mcp_http_equal_nocase((struct mcp_str){authorization.ptr, scheme.len}, scheme))
        return false;
    size_t at = scheme.len;
    while (at < authorization.len && authorization.ptr[at] == ' ')
        at++;
    struct mcp_str token = {authorization.ptr + at, authorization.len - at};
    if (!is_token68(token))
        return false;
    *out_token = token;
    return true;
}

bool mcp_http_value_is_safe(struct mcp_str value) {
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] != '\t' && (value.ptr[i] < 0x20 || value.ptr[i] > 0x7E))
            return false;
    return true;
}

bool mcp_http_equal_nocase(struct mcp_str a, struct mcp_str b) {
    if (a.len != b.len)
        return false;
    if (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0) /* nearly everyone writes it alike */
        return true;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}
