/* SPDX-License-Identifier: MIT */
/* uri_template.c - see uri_template.h. Pure: no I/O, no clock, no log. */
#include "server/uri_template.h"

#include <string.h>

#include "mcp/uri.h"
#include "mcp/utf8.h"

static bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-';
}

static enum mcp_code fail_at(struct mcp_err *err, size_t at, const char *what) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_SYNTAX, "%s", what), "byte %zu", at);
}

/* The name between the brace at `open` and its partner; *at moves behind the partner. */
static enum mcp_code take_variable(struct mcp_str text, size_t *at, struct mcp_str *out_name,
                                   struct mcp_err *err) {
    size_t start = *at + 1;
    size_t end = start;
    while (end < text.len && is_name_byte(text.ptr[end]))
        end++;
    if (end == text.len)
        return fail_at(err, *at, "a variable is not closed with \"}\"");
    if (end == start || text.ptr[end] != '}')
        return fail_at(err, end, "expected a variable of letters, digits, \"_\", \".\" or \"-\"");
    *out_name = (struct mcp_str){text.ptr + start, end - start};
    *at = end + 1;
    return MCP_OK;
}

static enum mcp_code take_literal(struct mcp_str text, size_t *at, struct mcp_str *out_literal,
                                  struct mcp_err *err) {
    size_t start = *at;
    while (*at < text.len && text.ptr[*at] != '{') {
        if (text.ptr[*at] == '}')
            return fail_at(err, *at, "\"}\" without \"{\"");
        (*at)++;
    }
    *out_literal = (struct mcp_str){text.ptr + start, *at - start};
    return MCP_OK;
}

static enum mcp_code take_part(struct mcp_str text, size_t *at, struct mcp_uri_template *parsed,
                               struct mcp_err *err) {
    struct mcp_uri_template_part part = {0};
    size_t start = *at;
    MCP_TRY(take_literal(text, at, &part.literal, err));
    if (*at == text.len) {
        parsed->parts[parsed->part_count++] = part;
        return MCP_OK;
    }
    if (part.literal.len == 0 && start > 0)
        return fail_at(err, start, "two variables need text between them");
    MCP_TRY(take_variable(text, at, &part.variable, err));
    if (mcp_uri_template_has(parsed, part.variable))
        return MCP_FAIL(err, MCP_E_EXISTS, "the variable \"%.*s\" occurs twice",
                        (int)part.variable.len, part.variable.ptr);
    if (parsed->part_count == MCP_URI_TEMPLATE_MAX_VARIABLES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d variables", MCP_URI_TEMPLATE_MAX_VARIABLES);
    parsed->parts[parsed->part_count++] = part;
    return MCP_OK;
}

enum mcp_code mcp_uri_template_parse(struct mcp_str text, struct mcp_uri_template *out_template,
                                     struct mcp_err *err) {
    struct mcp_uri_template parsed = {0};
    size_t at = 0;
    while (at < text.len)
        MCP_TRY(take_part(text, &at, &parsed, err));
    *out_template = parsed;
    return MCP_OK;
}

bool mcp_uri_template_has(const struct mcp_uri_template *template_, struct mcp_str variable) {
    for (size_t i = 0; i < template_->part_count; i++)
        if (template_->parts[i].variable.len > 0 &&
            mcp_str_equal(template_->parts[i].variable, variable))
            return true;
    return false;
}

static bool starts_with(struct mcp_str text, struct mcp_str prefix) {
    return text.len >= prefix.len &&
           (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

/* Bytes of the variable: up to the first place where `next` stands, or to the end of the URI when
 * nothing may follow. 0: there is no such place. */
static size_t measure(struct mcp_str rest, struct mcp_str next, bool is_last) {
    size_t len = 0;
    while (len < rest.len && strchr("/?#", rest.ptr[len]) == NULL) {
        len++;
        struct mcp_str text = {rest.ptr + len, rest.len - len};
        if (starts_with(text, next) && (!is_last || text.len == next.len))
            return len;
    }
    return 0;
}

static bool has_dot_segment(struct mcp_str value) {
    for (size_t start = 0; start <= value.len;) {
        size_t end = start;
        while (end < value.len && value.ptr[end] != '/' && value.ptr[end] != '\\')
            end++;
        struct mcp_str segment = {value.ptr + start, end - start};
        if (mcp_str_equal(segment, MCP_STR(".")) || mcp_str_equal(segment, MCP_STR("..")))
            return true;
        start = end + 1;
    }
    return false;
}

static enum mcp_code add_value(json_t *values, struct mcp_str name, struct mcp_str raw,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MCP_URI_MAX_BYTES);
    struct mcp_err why = {0};
    enum mcp_code code = mcp_uri_decode(raw, &text, &why);
    struct mcp_str value = mcp_buf_view(&text);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code != MCP_OK || mcp_utf8_valid_prefix(value) != value.len || has_dot_segment(value))
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "a value in the URI is not plain text");
    if (json_object_setn_new_nocheck(values, name.ptr, name.len,
                                     json_stringn_nocheck(value.ptr, value.len)) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static bool take_raw(const struct mcp_uri_template *template_, size_t i, struct mcp_str *rest,
                     struct mcp_str *out_raw) {
    const struct mcp_uri_template_part *part = &template_->parts[i];
    bool has_next = i + 1 < template_->part_count;
    struct mcp_str next = has_next ? part[1].literal : (struct mcp_str){0};
    bool is_last = !has_next || part[1].variable.len == 0;
    *rest = (struct mcp_str){rest->ptr + part->literal.len, rest->len - part->literal.len};
    *out_raw = (struct mcp_str){rest->ptr, measure(*rest, next, is_last)};
    *rest = (struct mcp_str){rest->ptr + out_raw->len, rest->len - out_raw->len};
    return out_raw->len > 0;
}

/* The raw value of each variable in order, *out_count of them; false when the URI is another's. */
static bool find_values(const struct mcp_uri_template *template_, struct mcp_str uri,
                        struct mcp_str *out_raw, size_t *out_count) {
    struct mcp_str rest = uri;
    for (size_t i = 0; i < template_->part_count; i++) {
        const struct mcp_uri_template_part *part = &template_->parts[i];
        if (!starts_with(rest, part->literal))
            return false;
        if (part->variable.len == 0)
            return rest.len == part->literal.len;
        if (!take_raw(template_, i, &rest, &out_raw[(*out_count)++]))
            return false;
    }
    return rest.len == 0;
}

enum mcp_code mcp_uri_template_match(const struct mcp_uri_template *template_, struct mcp_str uri,
                                     json_t **out_values, struct mcp_err *err) {
    /* Most URIs are not of this template: find that out before anything is allocated. */
    struct mcp_str raw[MCP_URI_TEMPLATE_MAX_VARIABLES] = {{0}};
    size_t count = 0;
    if (!find_values(template_, uri, raw, &count))
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "the URI is not of this template");
    json_auto_t *values = json_object();
    if (values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        MCP_TRY(add_value(values, template_->parts[i].variable, raw[i], err));
    *out_values = MCP_TAKE(values);
    return MCP_OK;
}
