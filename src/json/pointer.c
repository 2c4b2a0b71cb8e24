/* SPDX-License-Identifier: MIT */
/* pointer.c - see json/pointer.h. Pure: no I/O, no clock, no log. */
#include "json/pointer.h"

#include <string.h>

#include "mcp/utf8.h"

void mcp_pointer_add_key(struct mcp_buf *pointer, struct mcp_str key) {
    mcp_buf_addc(pointer, '/');
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] == '~')
            mcp_buf_add(pointer, MCP_STR("~0"));
        else if (key.ptr[i] == '/')
            mcp_buf_add(pointer, MCP_STR("~1"));
        else
            mcp_buf_addc(pointer, key.ptr[i]);
    }
}

void mcp_pointer_add_index(struct mcp_buf *pointer, size_t index) {
    mcp_buf_addf(pointer, "/%zu", index);
}

/* The reference tokens of a pointer, one after the other. */
struct tokens {
    struct mcp_str pointer;
    size_t at;            /* byte of the next "/", or the end */
    struct mcp_buf plain; /* the current token without its escapes */
    bool is_last;         /* no token follows the current one */
};

static void tokens_deinit(struct tokens *tokens) {
    mcp_buf_deinit(&tokens->plain);
}

static enum mcp_code bad_pointer(size_t byte, const char *what, struct mcp_err *err) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_SYNTAX, "%s", what), "byte %zu", byte);
}

static enum mcp_code check_pointer(struct mcp_str pointer, struct mcp_err *err) {
    if (pointer.len > 0 && pointer.ptr[0] != '/')
        return bad_pointer(0, "a JSON pointer is empty or begins with \"/\"", err);
    for (size_t i = 0; i < pointer.len; i++) {
        bool is_escape =
            i + 1 < pointer.len && (pointer.ptr[i + 1] == '0' || pointer.ptr[i + 1] == '1');
        if (pointer.ptr[i] == '~' && !is_escape)
            return bad_pointer(i, "\"~\" without 0 or 1 in a JSON pointer", err);
    }
    return MCP_OK;
}

/* Step to the next token; call only when at < pointer.len. The pointer has been checked. */
static enum mcp_code next_token(struct tokens *tokens, struct mcp_err *err) {
    struct mcp_str pointer = tokens->pointer;
    mcp_buf_clear(&tokens->plain);
    size_t i = tokens->at + 1;
    for (; i < pointer.len && pointer.ptr[i] != '/'; i++) {
        char byte = pointer.ptr[i];
        if (byte == '~')
            byte = pointer.ptr[++i] == '0' ? '~' : '/';
        mcp_buf_addc(&tokens->plain, byte);
    }
    tokens->at = i;
    tokens->is_last = i == pointer.len;
    return mcp_buf_finish(&tokens->plain, err);
}

/* `where` becomes the pointer up to and with the token that names nothing. */
static enum mcp_code not_found(const struct tokens *tokens, struct mcp_err *err) {
    enum mcp_code code = MCP_FAIL(err, MCP_E_NOT_FOUND, "no such value");
    return mcp_err_at(err, code, "%.*s", (int)tokens->at, tokens->pointer.ptr);
}

/* Digits without a leading zero, below SIZE_MAX / 10; "-" names the element after the last. */
static bool parse_index(struct mcp_str token, size_t *out_index) {
    size_t index = 0;
    if (token.len == 0 || token.len > 18 || (token.len > 1 && token.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] < '0' || token.ptr[i] > '9')
            return false;
        index = index * 10 + (size_t)(token.ptr[i] - '0');
    }
    *out_index = index;
    return true;
}

static json_t *child_of(const json_t *value, struct mcp_str token) {
    size_t index = 0;
    if (json_is_object(value))
        return json_object_getn(value, token.ptr, token.len);
    return parse_index(token, &index) ? json_array_get(value, index) : NULL;
}

enum mcp_code mcp_pointer_get(const json_t *root, struct mcp_str pointer, json_t **out_value,
                              struct mcp_err *err) {
    MCP_AUTO(tokens_deinit)
    struct tokens tokens = {.pointer = pointer, .plain = MCP_BUF_INIT(pointer.len)};
    MCP_TRY(check_pointer(pointer, err));
    union {
        const json_t *constant;
        json_t *plain;
    } value = {.constant = root}; /* the caller's own tree comes back as it was given */
    while (tokens.at < pointer.len) {
        MCP_TRY(next_token(&tokens, err));
        value.plain = child_of(value.constant, mcp_buf_view(&tokens.plain));
        if (value.plain == NULL)
            return not_found(&tokens, err);
    }
    *out_value = value.plain;
    return MCP_OK;
}

struct scan {
    struct mcp_str text;
    size_t at;
    struct mcp_buf key; /* scratch: an object key without its escapes */
    struct mcp_err *err;
};

static void scan_deinit(struct scan *scan) {
    mcp_buf_deinit(&scan->key);
}

static struct mcp_place place_of(struct mcp_str text, size_t at) {
    struct mcp_place place = {1, 1};
    for (size_t i = 0; i < at; i++) {
        place.column++;
        if (text.ptr[i] == '\n')
            place = (struct mcp_place){place.line + 1, 1};
    }
    return place;
}

static enum mcp_code not_json(const struct scan *scan) {
    struct mcp_place place = place_of(scan->text, scan->at);
    enum mcp_code code = MCP_FAIL(scan->err, MCP_E_SYNTAX, "not JSON");
    return mcp_err_at(scan->err, code, "%zu:%zu", place.line, place.column);
}

/* The byte at the scan's place, '\0' at the end of the text. */
static char peek(const struct scan *scan) {
    return scan->at < scan->text.len ? scan->text.ptr[scan->at] : '\0';
}

static void skip_space(struct scan *scan) {
    while (peek(scan) == ' ' || peek(scan) == '\t' || peek(scan) == '\n' || peek(scan) == '\r')
        scan->at++;
}

/* At a quote; ends after the closing one. */
static enum mcp_code skip_string(struct scan *scan, struct mcp_str *out_inside) {
    size_t start = ++scan->at;
    while (scan->at < scan->text.len && peek(scan) != '"')
        scan->at += peek(scan) == '\\' ? 2 : 1;
    if (scan->at >= scan->text.len) {
        scan->at = scan->text.len;
        return not_json(scan);
    }
    *out_inside = (struct mcp_str){scan->text.ptr + start, scan->at - start};
    scan->at++;
    return MCP_OK;
}

/* A number or a word. */
static enum mcp_code skip_bare(struct scan *scan) {
    size_t start = scan->at;
    while (peek(scan) != '\0' && strchr(" \t\r\n,:[]{}\"", peek(scan)) == NULL)
        scan->at++;
    return scan->at > start ? MCP_OK : not_json(scan);
}

/* Any value: containers by counting brackets, so its cost is its length and nothing recurses. */
static enum mcp_code skip_value(struct scan *scan) {
    size_t depth = 0;
    do {
        struct mcp_str inside;
        skip_space(scan);
        char byte = peek(scan);
        if (byte == '"') {
            MCP_TRY(skip_string(scan, &inside));
        } else if (byte == '{' || byte == '[') {
            depth++;
            scan->at++;
        } else if (depth > 0 && (byte == '}' || byte == ']')) {
            depth--;
            scan->at++;
        } else if (depth > 0 && (byte == ',' || byte == ':')) {
            scan->at++;
        } else {
            MCP_TRY(skip_bare(scan));
        }
    } while (depth > 0);
    return MCP_OK;
}

static uint32_t hex_digits(const char *at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned digit = (unsigned char)at[i];
        value = value << 4 | (digit <= '9' ? digit & 15 : (digit & 15) + 9);
    }
    return value;
}

/* At the "u" of an escape; returns the bytes behind the backslash it took. */
static size_t unescape_unicode(struct mcp_str inside, size_t at, struct mcp_buf *out) {
    if (inside.len - at < 5)
        return inside.len - at;
    uint32_t point = hex_digits(inside.ptr + at + 1);
    bool has_low = point >= 0xD800 && point <= 0xDBFF && inside.len - at >= 11 &&
                   inside.ptr[at + 5] == '\\' && inside.ptr[at + 6] == 'u';
    if (has_low)
        point = 0x10000 + ((point - 0xD800) << 10) + (hex_digits(inside.ptr + at + 7) - 0xDC00);
    mcp_utf8_add(out, point);
    return has_low ? 11 : 5;
}

static void unescape(struct mcp_str inside, struct mcp_buf *out) {
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    for (size_t i = 0; i < inside.len; i++) {
        if (inside.ptr[i] != '\\') {
            mcp_buf_addc(out, inside.ptr[i]);
            continue;
        }
        i++;
        if (inside.ptr[i] == 'u') {
            i += unescape_unicode(inside, i, out) - 1;
            continue;
        }
        const char *letter = memchr(letters, inside.ptr[i], sizeof letters - 1);
        mcp_buf_addc(out, letter != NULL ? meanings[letter - letters] : inside.ptr[i]);
    }
}

/* The key at the scan's place, and where it began; ends at the member's value. */
static enum mcp_code take_key(struct scan *scan, struct mcp_str *out_key, size_t *out_at) {
    skip_space(scan);
    *out_at = scan->at;
    if (peek(scan) != '"')
        return not_json(scan);
    MCP_TRY(skip_string(scan, out_key));
    if (memchr(out_key->ptr, '\\', out_key->len) != NULL) {
        mcp_buf_clear(&scan->key);
        unescape(*out_key, &scan->key);
        MCP_TRY(mcp_buf_finish(&scan->key, scan->err));
        *out_key = mcp_buf_view(&scan->key);
    }
    skip_space(scan);
    if (peek(scan) != ':')
        return not_json(scan);
    scan->at++;
    skip_space(scan);
    return MCP_OK;
}

/* After a child: true when another follows, false at `close`. */
static enum mcp_code next_child(struct scan *scan, char close, bool *out_more) {
    skip_space(scan);
    if (peek(scan) != ',' && peek(scan) != close)
        return not_json(scan);
    *out_more = peek(scan) == ',';
    scan->at++;
    return MCP_OK;
}

/* True when the container that opens here has children; the scan is then at the first. */
static bool open_container(struct scan *scan, char close) {
    scan->at++;
    skip_space(scan);
    return peek(scan) != close;
}

/* The scan ends at the value of member `token`, *out_key_at at its key; *out_found false if none.
 */
static enum mcp_code enter_member(struct scan *scan, struct mcp_str token, bool *out_found,
                                  size_t *out_key_at) {
    struct mcp_str key = MCP_STR("");
    size_t key_at = 0;
    for (bool more = open_container(scan, '}'); more;) {
        MCP_TRY(take_key(scan, &key, &key_at));
        if (mcp_str_equal(key, token)) {
            *out_found = true;
            *out_key_at = key_at;
            return MCP_OK;
        }
        MCP_TRY(skip_value(scan));
        MCP_TRY(next_child(scan, '}', &more));
    }
    return MCP_OK;
}

static enum mcp_code enter_element(struct scan *scan, struct mcp_str token, bool *out_found) {
    size_t wanted = 0;
    if (!parse_index(token, &wanted))
        return MCP_OK;
    bool more = open_container(scan, ']');
    for (size_t i = 0; more && i < wanted; i++) {
        MCP_TRY(skip_value(scan));
        MCP_TRY(next_child(scan, ']', &more));
    }
    skip_space(scan);
    *out_found = more;
    return MCP_OK;
}

/* From a value to its child `token`. *out_at: where to point at it. */
static enum mcp_code enter(struct scan *scan, struct mcp_str token, bool at_key, bool *out_found,
                           size_t *out_at) {
    *out_found = false;
    size_t key_at = scan->at;
    char open = peek(scan);
    if (open == '{')
        MCP_TRY(enter_member(scan, token, out_found, &key_at));
    else if (open == '[')
        MCP_TRY(enter_element(scan, token, out_found));
    *out_at = at_key && open == '{' ? key_at : scan->at;
    return MCP_OK;
}

enum mcp_code mcp_pointer_locate(struct mcp_str text, struct mcp_str pointer, bool at_key,
                                 struct mcp_place *out_place, struct mcp_err *err) {
    MCP_AUTO(tokens_deinit)
    struct tokens tokens = {.pointer = pointer, .plain = MCP_BUF_INIT(pointer.len)};
    MCP_AUTO(scan_deinit)
    struct scan scan = {.text = text, .key = MCP_BUF_INIT(text.len), .err = err};
    MCP_TRY(check_pointer(pointer, err));
    skip_space(&scan);
    size_t at = scan.at;
    while (tokens.at < pointer.len) {
        MCP_TRY(next_token(&tokens, err));
        bool is_object = peek(&scan) == '{';
        bool is_found = false;
        MCP_TRY(enter(&scan, mcp_buf_view(&tokens.plain), at_key, &is_found, &at));
        bool may_be_absent = at_key && is_object && tokens.is_last;
        if (!is_found && !may_be_absent)
            return not_found(&tokens, err);
    }
    if (at >= text.len)
        return not_json(&scan);
    *out_place = place_of(text, at);
    return MCP_OK;
}
