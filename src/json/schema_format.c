/* SPDX-License-Identifier: MIT */
/* schema_format.c - see schema_format.h. Pure: no I/O, no clock, no log. */
#include "json/schema_format.h"

#include <ctype.h>

#include "json/schema_pattern.h"

struct mcp_schema_format {
    const char *name;
    const char *noun;
    bool (*is_valid)(struct mcp_str text); /* NULL: regex, the one that allocates */
};

static bool is_uuid(struct mcp_str text) {
    if (text.len != 36)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        unsigned char byte = (unsigned char)text.ptr[i];
        if (is_dash ? byte != '-' : isxdigit(byte) == 0)
            return false;
    }
    return true;
}

static bool is_json_pointer(struct mcp_str text) {
    if (text.len > 0 && text.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '~' &&
            (i + 1 == text.len || (text.ptr[i + 1] != '0' && text.ptr[i + 1] != '1')))
            return false;
    return true;
}

static const struct mcp_schema_format formats[] = {
    {"date-time", "a date and time such as 2026-01-31T23:59:59Z", mcp_schema_is_date_time},
    {"date", "a date such as 2026-01-31", mcp_schema_is_date},
    {"time", "a time with offset such as 23:59:59Z", mcp_schema_is_time},
    {"email", "an e-mail address", mcp_schema_is_email},
    {"hostname", "a host name", mcp_schema_is_hostname},
    {"ipv4", "an IPv4 address", mcp_schema_is_ipv4},
    {"ipv6", "an IPv6 address", mcp_schema_is_ipv6},
    {"uri", "an absolute URI", mcp_schema_is_uri},
    {"uri-reference", "a URI or a relative reference", mcp_schema_is_uri_reference},
    {"uuid", "a UUID", is_uuid},
    {"regex", "a regular expression of ECMA-262", NULL},
    {"json-pointer", "a JSON Pointer such as /a/b", is_json_pointer},
};

const struct mcp_schema_format *mcp_schema_format_find(struct mcp_str name) {
    for (size_t i = 0; i < MCP_COUNT(formats); i++)
        if (mcp_str_equal(name, mcp_str_of(formats[i].name)))
            return &formats[i];
    return NULL;
}

const char *mcp_schema_format_name(const struct mcp_schema_format *format) {
    return format->name;
}

const char *mcp_schema_format_noun(const struct mcp_schema_format *format) {
    return format->noun;
}

enum mcp_code mcp_schema_format_check(const struct mcp_schema_format *format, struct mcp_str text,
                                      bool *out_valid, struct mcp_err *err) {
    if (format->is_valid == NULL)
        return mcp_schema_pattern_check(text, out_valid, err);
    *out_valid = format->is_valid(text);
    return MCP_OK;
}
