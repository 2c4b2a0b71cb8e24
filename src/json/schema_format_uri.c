/* SPDX-License-Identifier: MIT */
/* schema_format_uri.c - RFC 3986 grammar for schema_format.h. Pure: no I/O, no clock, no log. */
#include <ctype.h>
#include <string.h>

#include "json/schema_format.h"

static struct mcp_str slice(struct mcp_str text, size_t start, size_t end) {
    return (struct mcp_str){text.ptr + start, end - start};
}

/* First byte of `text` that is in `stops`, or its length. */
static size_t find(struct mcp_str text, const char *stops) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\0' && strchr(stops, text.ptr[i]) != NULL)
            return i;
    return text.len;
}

static bool is_unreserved_or_delimiter(char byte) {
    unsigned char value = (unsigned char)byte;
    return value != 0 && value < 0x80 &&
           (isalnum(value) != 0 || strchr("-._~!$&'()*+,;=", byte) != NULL);
}

/* unreserved, percent-encoded, sub-delims and `more`. */
static bool is_made_of(struct mcp_str text, const char *more) {
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (byte == '%') {
            if (text.len - i < 3 || isxdigit((unsigned char)text.ptr[i + 1]) == 0 ||
                isxdigit((unsigned char)text.ptr[i + 2]) == 0)
                return false;
            i += 2;
        } else if (!is_unreserved_or_delimiter(byte) &&
                   (byte == '\0' || strchr(more, byte) == NULL))
            return false;
    }
    return true;
}

static bool is_scheme(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        bool is_letter = byte < 0x80 && isalpha(byte) != 0;
        bool is_more =
            byte < 0x80 && byte != 0 && (isdigit(byte) != 0 || strchr("+-.", text.ptr[i]) != NULL);
        if (!is_letter && (i == 0 || !is_more))
            return false;
    }
    return text.len > 0;
}

/* "v1.anything" of RFC 3986 section 3.2.2. */
static bool is_future_address(struct mcp_str text) {
    if (text.len < 4 || (text.ptr[0] != 'v' && text.ptr[0] != 'V'))
        return false;
    size_t dot = 1;
    while (dot < text.len && isxdigit((unsigned char)text.ptr[dot]) != 0)
        dot++;
    struct mcp_str rest = slice(text, dot, text.len);
    return dot > 1 && rest.len > 1 && rest.ptr[0] == '.' &&
           memchr(rest.ptr, '%', rest.len) == NULL && is_made_of(slice(rest, 1, rest.len), ":");
}

static bool is_port(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return true;
}

static bool is_host_and_port(struct mcp_str text) {
    if (text.len > 0 && text.ptr[0] == '[') {
        size_t end = find(text, "]");
        if (end == text.len)
            return false;
        struct mcp_str literal = slice(text, 1, end);
        struct mcp_str after = slice(text, end + 1, text.len);
        return (mcp_schema_is_ipv6(literal) || is_future_address(literal)) &&
               (after.len == 0 || (after.ptr[0] == ':' && is_port(slice(after, 1, after.len))));
    }
    size_t colon = find(text, ":");
    return is_made_of(slice(text, 0, colon), "") &&
           (colon == text.len || is_port(slice(text, colon + 1, text.len)));
}

static bool is_authority(struct mcp_str text) {
    size_t at = find(text, "@");
    if (at == text.len)
        return is_host_and_port(text);
    return is_made_of(slice(text, 0, at), ":") && is_host_and_port(slice(text, at + 1, text.len));
}

/* What follows the scheme, up to "?" or "#". */
static bool is_hierarchy(struct mcp_str text) {
    if (text.len >= 2 && text.ptr[0] == '/' && text.ptr[1] == '/') {
        struct mcp_str rest = slice(text, 2, text.len);
        size_t end = find(rest, "/");
        return is_authority(slice(rest, 0, end)) && is_made_of(slice(rest, end, rest.len), ":@/");
    }
    return is_made_of(text, ":@/");
}

static bool is_reference(struct mcp_str text, bool needs_scheme) {
    size_t colon = find(text, ":/?#");
    bool has_scheme =
        colon < text.len && text.ptr[colon] == ':' && is_scheme(slice(text, 0, colon));
    /* Section 4.2: the first segment of a relative path has no colon. */
    bool has_colon_first = colon < text.len && text.ptr[colon] == ':';
    if (!has_scheme && (needs_scheme || has_colon_first))
        return false;
    struct mcp_str rest = has_scheme ? slice(text, colon + 1, text.len) : text;
    size_t hash = find(rest, "#");
    size_t query = find(slice(rest, 0, hash), "?");
    return is_hierarchy(slice(rest, 0, query)) && is_made_of(slice(rest, query, hash), ":@/?") &&
           (hash == rest.len || is_made_of(slice(rest, hash + 1, rest.len), ":@/?"));
}

bool mcp_schema_is_uri(struct mcp_str text) {
    return is_reference(text, true);
}

bool mcp_schema_is_uri_reference(struct mcp_str text) {
    return is_reference(text, false);
}
