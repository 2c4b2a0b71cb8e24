/* SPDX-License-Identifier: MIT */
/* schema_format_host.c - hosts and mail addresses for schema_format.h. Pure. */
#include <ctype.h>
#include <string.h>

#include "json/schema_format.h"
#include "json/schema_idna.h"

enum { MAX_HOST_BYTES = 253, MAX_LABEL_BYTES = 63, MAX_LOCAL_BYTES = 64 };

static bool is_alnum(char byte) {
    return isalnum((unsigned char)byte) != 0 && (unsigned char)byte < 0x80;
}

static struct mcp_str slice(struct mcp_str text, size_t start, size_t end) {
    return (struct mcp_str){text.ptr + start, end - start};
}

static bool is_label(struct mcp_str label) {
    if (label.len == 0 || label.len > MAX_LABEL_BYTES)
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-')
            return false;
    if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return false;
    bool is_reserved = label.len >= 4 && label.ptr[2] == '-' && label.ptr[3] == '-';
    return !is_reserved || mcp_schema_is_a_label(label);
}

bool mcp_schema_is_hostname(struct mcp_str text) {
    if (text.len == 0 || text.len > MAX_HOST_BYTES)
        return false;
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++)
        if (i == text.len || text.ptr[i] == '.') {
            if (!is_label(slice(text, start, i)))
                return false;
            start = i + 1;
        }
    return true;
}

/* A decimal of one to three digits without a leading zero, at most 255; bytes it takes, or 0. */
static size_t octet_bytes(struct mcp_str text) {
    size_t end = 0;
    int value = 0;
    for (; end < text.len && end < 4 && text.ptr[end] >= '0' && text.ptr[end] <= '9'; end++)
        value = value * 10 + (text.ptr[end] - '0');
    bool has_leading_zero = end > 1 && text.ptr[0] == '0';
    return end > 3 || value > 255 || has_leading_zero ? 0 : end;
}

bool mcp_schema_is_ipv4(struct mcp_str text) {
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (at >= text.len || text.ptr[at++] != '.'))
            return false;
        size_t bytes = octet_bytes(slice(text, at, text.len));
        if (bytes == 0)
            return false;
        at += bytes;
    }
    return at == text.len;
}

static size_t group_bytes(struct mcp_str text) {
    size_t end = 0;
    while (end < text.len && isxdigit((unsigned char)text.ptr[end]) != 0)
        end++;
    return end <= 4 ? end : 0;
}

struct ipv6_scan {
    struct mcp_str text;
    size_t at;
    int group_count;
    bool has_gap; /* "::" seen */
};

/* ":" or "::" between groups; false when there is neither, or a second gap. */
static bool take_colons(struct ipv6_scan *scan) {
    struct mcp_str rest = slice(scan->text, scan->at, scan->text.len);
    if (rest.len >= 2 && rest.ptr[0] == ':' && rest.ptr[1] == ':') {
        bool is_first = !scan->has_gap;
        scan->has_gap = true;
        scan->at += 2;
        return is_first;
    }
    bool is_between = rest.len >= 2 && rest.ptr[0] == ':' && scan->group_count > 0;
    scan->at++;
    return is_between;
}

bool mcp_schema_is_ipv6(struct mcp_str text) {
    struct ipv6_scan scan = {.text = text};
    while (scan.at < text.len) {
        bool needs_colons = scan.group_count > 0 || text.ptr[scan.at] == ':';
        if (needs_colons && !take_colons(&scan))
            return false;
        struct mcp_str rest = slice(text, scan.at, text.len);
        if (rest.len == 0)
            break;
        if (mcp_schema_is_ipv4(rest)) {
            scan.group_count += 2;
            scan.at = text.len;
            break;
        }
        size_t bytes = group_bytes(rest);
        if (bytes == 0)
            return false;
        scan.at += bytes;
        scan.group_count++;
    }
    return scan.has_gap ? scan.group_count <= 7 : scan.group_count == 8;
}

static bool is_atom_text(char byte) {
    return is_alnum(byte) || (byte != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", byte) != NULL);
}

static bool is_dot_atom(struct mcp_str text) {
    bool needs_atom = true;
    for (size_t i = 0; i < text.len; i++) {
        bool is_dot = text.ptr[i] == '.';
        if (is_dot ? needs_atom : !is_atom_text(text.ptr[i]))
            return false;
        needs_atom = is_dot;
    }
    return !needs_atom;
}

static bool is_quoted(struct mcp_str text) {
    if (text.len < 2 || text.ptr[0] != '"' || text.ptr[text.len - 1] != '"')
        return false;
    for (size_t i = 1; i < text.len - 1; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] < ' ' || text.ptr[i] > '~')
            return false;
        if (text.ptr[i] == '\\' && ++i == text.len - 1)
            return false;
    }
    return true;
}

static bool is_mail_domain(struct mcp_str text) {
    static const char tag[] = "IPv6:";
    size_t tag_len = sizeof tag - 1;
    if (text.len < 2 || text.ptr[0] != '[' || text.ptr[text.len - 1] != ']')
        return mcp_schema_is_hostname(text);
    struct mcp_str literal = slice(text, 1, text.len - 1);
    if (literal.len > tag_len && strncmp(literal.ptr, tag, tag_len) == 0)
        return mcp_schema_is_ipv6(slice(literal, tag_len, literal.len));
    return mcp_schema_is_ipv4(literal);
}

bool mcp_schema_is_email(struct mcp_str text) {
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != '@')
        at--;
    if (at == 0)
        return false;
    struct mcp_str local = slice(text, 0, at - 1);
    return local.len <= MAX_LOCAL_BYTES && (is_dot_atom(local) || is_quoted(local)) &&
           is_mail_domain(slice(text, at, text.len));
}
