/* SPDX-License-Identifier: MIT */
/* json_plain.c - see json_plain.h. Pure: no I/O, no clock, no log. */
#include "json/json_plain.h"

#include <string.h>

#include "mcp/utf8.h"

/* A reading function that returns NULL or false has left its reason in `code`. */
struct reader {
    const char *at;
    const char *end;
    unsigned depth;
    enum mcp_code code; /* UNSUPPORTED, until an allocation is refused */
};

static json_t *read_value(struct reader *reader);

/* NULL only when an allocation was refused. */
static json_t *made(struct reader *reader, json_t *value) {
    if (value == NULL)
        reader->code = MCP_E_NOMEM;
    return value;
}

static void skip_space(struct reader *reader) {
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\r' || *reader->at == '\t'))
        reader->at++;
}

/* After white space; '\0' at the end, and no plain text has one inside. */
static char peek(struct reader *reader) {
    skip_space(reader);
    if (reader->at == reader->end)
        return '\0';
    return *reader->at;
}

static bool take(struct reader *reader, char byte) {
    if (peek(reader) != byte)
        return false;
    reader->at++;
    return true;
}

/* The inside of a string, at its quote. */
static bool take_text(struct reader *reader, struct mcp_str *out_text) {
    if (!take(reader, '"'))
        return false;
    const char *start = reader->at;
    const char *at = start;
    unsigned char all = 0;
    for (; at < reader->end && *at != '"'; at++) {
        if ((unsigned char)*at < 0x20 || *at == '\\')
            return false;
        all |= (unsigned char)*at;
    }
    if (at == reader->end)
        return false;
    *out_text = (struct mcp_str){start, (size_t)(at - start)};
    reader->at = at + 1;
    return all < 0x80 || mcp_utf8_valid_prefix(*out_text) == out_text->len;
}

static json_t *read_string(struct reader *reader) {
    struct mcp_str text;
    if (!take_text(reader, &text))
        return NULL;
    return made(reader, json_stringn_nocheck(text.ptr, text.len));
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static json_t *read_integer(struct reader *reader) {
    const char *start = reader->at;
    json_int_t value = 0;
    while (reader->at < reader->end && is_digit(*reader->at) &&
           reader->at - start < MCP_JSON_PLAIN_MAX_DIGITS)
        value = value * 10 + (*reader->at++ - '0');
    bool leads_with_zero = reader->at - start > 1 && *start == '0';
    bool goes_on = reader->at < reader->end && (is_digit(*reader->at) || *reader->at == '.' ||
                                                *reader->at == 'e' || *reader->at == 'E');
    if (reader->at == start || leads_with_zero || goes_on)
        return NULL;
    return made(reader, json_integer(value));
}

static json_t *read_word(struct reader *reader, struct mcp_str word, json_t *value) {
    if ((size_t)(reader->end - reader->at) < word.len ||
        memcmp(reader->at, word.ptr, word.len) != 0)
        return NULL;
    reader->at += word.len;
    return value; /* these are never counted */
}

/* One member; a key that was there already is not plain, for jansson has to refuse it. */
static bool add_member(struct reader *reader, json_t *object) {
    struct mcp_str key;
    size_t before = json_object_size(object);
    if (peek(reader) != '"' || !take_text(reader, &key) || !take(reader, ':'))
        return false;
    json_t *value = read_value(reader);
    if (value == NULL)
        return false;
    if (json_object_setn_new_nocheck(object, key.ptr, key.len, value) != 0) {
        reader->code = MCP_E_NOMEM;
        return false;
    }
    return json_object_size(object) > before;
}

static bool add_item(struct reader *reader, json_t *array) {
    json_t *value = read_value(reader);
    if (value == NULL)
        return false;
    if (json_array_append_new(array, value) != 0) {
        reader->code = MCP_E_NOMEM;
        return false;
    }
    return true;
}

typedef bool(add_fn)(struct reader *reader, json_t *container);

/* At the opening bracket. Takes `container`. */
static json_t *fill(struct reader *reader, json_t *container, add_fn *add, char closing) {
    if (made(reader, container) == NULL)
        return NULL;
    reader->at++;
    bool is_good = reader->depth < MCP_JSON_PLAIN_MAX_DEPTH;
    reader->depth++;
    if (is_good && peek(reader) != closing) {
        do
            is_good = add(reader, container);
        while (is_good && take(reader, ','));
    }
    reader->depth--;
    if (is_good && take(reader, closing))
        return container;
    json_decref(container);
    return NULL;
}

/* As deep as containers are, and those are bounded. */
static json_t *read_value(struct reader *reader) {
    switch (peek(reader)) {
    case '{':
        return fill(reader, json_object(), add_member, '}');
    case '[':
        return fill(reader, json_array(), add_item, ']');
    case '"':
        return read_string(reader);
    case 't':
        return read_word(reader, MCP_STR("true"), json_true());
    case 'f':
        return read_word(reader, MCP_STR("false"), json_false());
    case 'n':
        return read_word(reader, MCP_STR("null"), json_null());
    default:
        return read_integer(reader);
    }
}

enum mcp_code mcp_json_plain_parse(struct mcp_str text, json_t **out_root) {
    if (text.len == 0 || text.len > MCP_JSON_PLAIN_MAX_BYTES)
        return MCP_E_UNSUPPORTED;
    struct reader reader = {text.ptr, text.ptr + text.len, 0, MCP_E_UNSUPPORTED};
    json_t *root = read_value(&reader);
    skip_space(&reader);
    if (root == NULL || reader.at < reader.end) {
        json_decref(root);
        return reader.code;
    }
    *out_root = root;
    return MCP_OK;
}
