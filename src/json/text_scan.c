/* SPDX-License-Identifier: MIT */
/* text_scan.c - see json/text_scan.h. Pure: no I/O, no clock, no log. */
#include "json/text_scan.h"

#include <string.h>

#include "mcp/utf8.h"

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static bool is_hex(char byte) {
    return is_digit(byte) || (byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f');
}

char mcp_text_scan_peek(const struct mcp_text_scan *scan) {
    if (scan->at >= scan->text.len)
        return '\0';
    return scan->text.ptr[scan->at];
}

void mcp_text_scan_space(struct mcp_text_scan *scan) {
    for (;; scan->at++) {
        char byte = mcp_text_scan_peek(scan);
        if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r')
            return;
    }
}

static bool take(struct mcp_text_scan *scan, char byte) {
    if (byte == '\0' || mcp_text_scan_peek(scan) != byte)
        return false;
    scan->at++;
    return true;
}

bool mcp_text_scan_byte(struct mcp_text_scan *scan, char byte) {
    mcp_text_scan_space(scan);
    return take(scan, byte);
}

/* After a backslash. */
static bool take_escape(struct mcp_text_scan *scan) {
    char kind = mcp_text_scan_peek(scan);
    if (kind == '\0' || strchr("\"\\/bfnrtu", kind) == NULL)
        return false;
    scan->at++;
    for (int i = 0; kind == 'u' && i < 4; i++, scan->at++)
        if (!is_hex(mcp_text_scan_peek(scan)))
            return false;
    return true;
}

/* One character of a string that is neither a quote nor an escape. */
static bool take_character(struct mcp_text_scan *scan) {
    size_t next = scan->at;
    if ((unsigned char)mcp_text_scan_peek(scan) < 0x20)
        return false;
    uint32_t point = mcp_utf8_next(scan->text, &next);
    if (point == 0xFFFD && next - scan->at == 1)
        return false;
    scan->at = next;
    return true;
}

bool mcp_text_scan_string(struct mcp_text_scan *scan, struct mcp_str *out_inside) {
    if (!take(scan, '"'))
        return false;
    size_t start = scan->at;
    while (mcp_text_scan_peek(scan) != '"') {
        bool is_good = take(scan, '\\') ? take_escape(scan) : take_character(scan);
        if (!is_good)
            return false;
    }
    *out_inside = (struct mcp_str){scan->text.ptr + start, scan->at - start};
    scan->at++;
    return true;
}

static bool take_digits(struct mcp_text_scan *scan) {
    if (!is_digit(mcp_text_scan_peek(scan)))
        return false;
    while (is_digit(mcp_text_scan_peek(scan)))
        scan->at++;
    return true;
}

static bool take_number(struct mcp_text_scan *scan) {
    (void)take(scan, '-');
    if (!take(scan, '0') && !take_digits(scan))
        return false;
    if (take(scan, '.') && !take_digits(scan))
        return false;
    if (!take(scan, 'e') && !take(scan, 'E'))
        return true;
    if (!take(scan, '+'))
        (void)take(scan, '-');
    return take_digits(scan);
}

static bool take_word(struct mcp_text_scan *scan, const char *word) {
    for (; *word != '\0'; word++)
        if (!take(scan, *word))
            return false;
    return true;
}

static bool take_scalar(struct mcp_text_scan *scan) {
    struct mcp_str inside;
    switch (mcp_text_scan_peek(scan)) {
    case '"':
        return mcp_text_scan_string(scan, &inside);
    case 't':
        return take_word(scan, "true");
    case 'f':
        return take_word(scan, "false");
    case 'n':
        return take_word(scan, "null");
    default:
        return take_number(scan);
    }
}

/* The containers around the place: a bit each, set for an object. */
struct nest {
    uint64_t is_object[MCP_JSON_MAX_DEPTH / 64];
    size_t depth;
};

static bool in_object(const struct nest *nest) {
    size_t top = nest->depth - 1;
    return (nest->is_object[top / 64] >> (top % 64) & 1) != 0;
}

static bool enter(struct nest *nest, bool is_object) {
    if (nest->depth == MCP_JSON_MAX_DEPTH)
        return false;
    uint64_t bit = (uint64_t)1 << (nest->depth % 64);
    uint64_t *bits = &nest->is_object[nest->depth / 64];
    *bits = is_object ? *bits | bit : *bits & ~bit;
    nest->depth++;
    return true;
}

static bool take_key(struct mcp_text_scan *scan) {
    struct mcp_str inside;
    mcp_text_scan_space(scan);
    return mcp_text_scan_string(scan, &inside) && mcp_text_scan_byte(scan, ':');
}

/* At '{' or '['. *out_more: a child follows (its key taken), else the container has ended. */
static bool open_container(struct mcp_text_scan *scan, struct nest *nest, bool *out_more) {
    bool is_object = mcp_text_scan_peek(scan) == '{';
    if (!enter(nest, is_object))
        return false;
    scan->at++;
    *out_more = !mcp_text_scan_byte(scan, is_object ? '}' : ']');
    if (!*out_more)
        nest->depth--;
    return !*out_more || !is_object || take_key(scan);
}

/* After a value: leaves the containers that end here. *out_more: a child follows, its key taken. */
static bool close_containers(struct mcp_text_scan *scan, struct nest *nest, bool *out_more) {
    *out_more = false;
    for (; nest->depth > 0; nest->depth--) {
        bool is_object = in_object(nest);
        *out_more = mcp_text_scan_byte(scan, ',');
        if (*out_more)
            return !is_object || take_key(scan);
        if (!take(scan, is_object ? '}' : ']'))
            return false;
    }
    return true;
}

bool mcp_text_scan_value(struct mcp_text_scan *scan) {
    struct nest nest = {.depth = 0};
    for (bool more = true; more;) {
        mcp_text_scan_space(scan);
        char byte = mcp_text_scan_peek(scan);
        bool has_child = false;
        bool opens = byte == '{' || byte == '[';
        bool is_good = opens ? open_container(scan, &nest, &has_child) : take_scalar(scan);
        if (is_good && !has_child)
            is_good = close_containers(scan, &nest, &more);
        if (!is_good)
            return false;
    }
    return true;
}

struct mcp_place mcp_text_scan_place(struct mcp_str text, size_t at) {
    struct mcp_place place = {1, 1};
    for (size_t i = 0; i < at; i++) {
        place.column++;
        if (text.ptr[i] == '\n')
            place = (struct mcp_place){place.line + 1, 1};
    }
    return place;
}

/* Four hexadecimal digits. */
static uint32_t hex_value(const char *at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned digit = (unsigned char)at[i];
        value = value << 4 | (digit <= '9' ? digit & 15 : (digit & 15) + 9);
    }
    return value;
}

/* `at` is the digit after "\u". Appends the character; returns the byte after the escape. */
static size_t unescape_unicode(struct mcp_str inside, size_t at, struct mcp_buf *out) {
    uint32_t high = hex_value(inside.ptr + at);
    bool may_be_pair = high >= 0xD800 && high <= 0xDBFF && inside.len - at >= 10 &&
                       inside.ptr[at + 4] == '\\' && inside.ptr[at + 5] == 'u';
    uint32_t low = may_be_pair ? hex_value(inside.ptr + at + 6) : 0;
    bool is_pair = low >= 0xDC00 && low <= 0xDFFF;
    mcp_utf8_add(out, is_pair ? 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00) : high);
    return at + (is_pair ? 10 : 4);
}

void mcp_text_scan_unescape(struct mcp_str inside, struct mcp_buf *out) {
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    for (size_t i = 0; i < inside.len;) {
        char byte = inside.ptr[i++];
        if (byte != '\\') {
            mcp_buf_addc(out, byte);
            continue;
        }
        byte = inside.ptr[i++];
        if (byte == 'u') {
            i = unescape_unicode(inside, i, out);
            continue;
        }
        const char *letter = memchr(letters, byte, sizeof letters - 1);
        if (letter != NULL)
            byte = meanings[letter - letters];
        mcp_buf_addc(out, byte);
    }
}
