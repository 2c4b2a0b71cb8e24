/* SPDX-License-Identifier: MIT */
/* pointer.c - see json/pointer.h. Pure: no I/O, no clock, no log. */
#include "json/pointer.h"

#include <string.h>

#include "json/text_scan.h"

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
    } top = {.constant = root}; /* the caller's own tree comes back as it was given */
    json_t *value = top.plain;
    while (tokens.at < pointer.len) {
        MCP_TRY(next_token(&tokens, err));
        value = child_of(value, mcp_buf_view(&tokens.plain));
        if (value == NULL)
            return not_found(&tokens, err);
    }
    *out_value = value;
    return MCP_OK;
}

/* A text being searched. Its steps return false where it is not JSON. */
struct search {
    struct mcp_text_scan scan;
    struct mcp_buf key; /* scratch: an object key without its escapes */
    bool at_key;
    size_t found_at; /* the value found, or its key */
};

static void search_deinit(struct search *search) {
    mcp_buf_deinit(&search->key);
}

/* Whether a value begins here, by its first byte: its rest is nobody's question. */
static bool begins_value(const struct mcp_text_scan *scan) {
    char first = mcp_text_scan_peek(scan);
    return first != '\0' && strchr("{[\"-0123456789tfn", first) != NULL;
}

/* The key of the next member; ends at its value. */
static bool take_key(struct search *search, struct mcp_str *out_key, size_t *out_at) {
    struct mcp_text_scan *scan = &search->scan;
    mcp_text_scan_space(scan);
    *out_at = scan->at;
    if (!mcp_text_scan_string(scan, out_key) || !mcp_text_scan_byte(scan, ':'))
        return false;
    mcp_text_scan_space(scan);
    if (memchr(out_key->ptr, '\\', out_key->len) != NULL) {
        mcp_buf_clear(&search->key);
        mcp_text_scan_unescape(*out_key, &search->key);
        *out_key = mcp_buf_view(&search->key);
    }
    return search->key.status == MCP_OK;
}

/* After a child: *out_more when another follows, else `close` ended the container. */
static bool end_child(struct mcp_text_scan *scan, char close, bool *out_more) {
    *out_more = mcp_text_scan_byte(scan, ',');
    return *out_more || mcp_text_scan_byte(scan, close);
}

/* At '{': ends at the value of member `token`; *out_found false when there is none. */
static bool enter_member(struct search *search, struct mcp_str token, bool *out_found) {
    struct mcp_text_scan *scan = &search->scan;
    size_t object_at = scan->at++;
    bool more = !mcp_text_scan_byte(scan, '}');
    while (more) {
        struct mcp_str key = MCP_STR("");
        size_t key_at = 0;
        if (!take_key(search, &key, &key_at))
            return false;
        if (mcp_str_equal(key, token)) {
            *out_found = true;
            search->found_at = search->at_key ? key_at : scan->at;
            return true;
        }
        if (!mcp_text_scan_value(scan) || !end_child(scan, '}', &more))
            return false;
    }
    search->found_at = object_at;
    return true;
}

/* At '[': ends at element `token`; *out_found false when there is none. */
static bool enter_element(struct search *search, struct mcp_str token, bool *out_found) {
    struct mcp_text_scan *scan = &search->scan;
    size_t wanted = 0;
    if (!parse_index(token, &wanted))
        return true;
    scan->at++;
    bool more = !mcp_text_scan_byte(scan, ']');
    for (size_t i = 0; more && i < wanted; i++)
        if (!mcp_text_scan_value(scan) || !end_child(scan, ']', &more))
            return false;
    mcp_text_scan_space(scan);
    search->found_at = scan->at;
    *out_found = more;
    return true;
}

static enum mcp_code not_json(const struct search *search, struct mcp_err *err) {
    MCP_TRY(mcp_buf_finish(&search->key, err));
    struct mcp_place place = mcp_text_scan_place(search->scan.text, search->scan.at);
    enum mcp_code code = MCP_FAIL(err, MCP_E_SYNTAX, "not JSON");
    return mcp_err_at(err, code, "%zu:%zu", place.line, place.column);
}

/* From a value to its child, the current token. */
static enum mcp_code enter(struct search *search, const struct tokens *tokens,
                           struct mcp_err *err) {
    struct mcp_str token = mcp_buf_view(&tokens->plain);
    bool is_object = mcp_text_scan_peek(&search->scan) == '{';
    bool is_found = false;
    bool is_json = true;
    if (is_object)
        is_json = enter_member(search, token, &is_found);
    else if (mcp_text_scan_peek(&search->scan) == '[')
        is_json = enter_element(search, token, &is_found);
    if (!is_json || (is_found && !begins_value(&search->scan)))
        return not_json(search, err);
    bool may_be_absent = search->at_key && is_object && tokens->is_last;
    return is_found || may_be_absent ? MCP_OK : not_found(tokens, err);
}

enum mcp_code mcp_pointer_locate(struct mcp_str text, struct mcp_str pointer, bool at_key,
                                 struct mcp_place *out_place, struct mcp_err *err) {
    MCP_AUTO(tokens_deinit)
    struct tokens tokens = {.pointer = pointer, .plain = MCP_BUF_INIT(pointer.len)};
    MCP_AUTO(search_deinit)
    struct search search = {.scan = {text, 0}, .key = MCP_BUF_INIT(text.len), .at_key = at_key};
    MCP_TRY(check_pointer(pointer, err));
    mcp_text_scan_space(&search.scan);
    search.found_at = search.scan.at;
    if (!begins_value(&search.scan))
        return not_json(&search, err);
    while (tokens.at < pointer.len) {
        MCP_TRY(next_token(&tokens, err));
        MCP_TRY(enter(&search, &tokens, err));
    }
    *out_place = mcp_text_scan_place(text, search.found_at);
    return MCP_OK;
}
