/* SPDX-License-Identifier: MIT */
/* json_write.c - JSON text from values; see mcp/json.h. Pure: no I/O, no clock, no log. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/json.h"
#include "mcp/utf8.h"

/* What stands after the backslash for each ASCII byte; 'u' is a \u00NN escape, 0 needs none. */
static const char escapes[128] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b',         't',           'n', 'u',
    'f', 'r', 'u', 'u', 'u', 'u', 'u', 'u', 'u',         'u',           'u', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\',
};

/* Non-zero when one of the eight bytes is a control, a quote, a backslash or not ASCII. */
static uint64_t has_special(uint64_t word) {
    const uint64_t ones = 0x0101010101010101U;
    const uint64_t quote = word ^ (ones * '"');
    const uint64_t backslash = word ^ (ones * '\\');
    return (word | (word - ones * 0x20) | (quote - ones) | (backslash - ones)) & (ones * 0x80);
}

/* Bytes from `at` on that are copied as they are. */
static size_t plain_run(struct mcp_str text, size_t at) {
    size_t start = at;
    uint64_t word = 0;
    while (text.len - at >= sizeof word) {
        memcpy(&word, text.ptr + at, sizeof word);
        if (has_special(word) != 0)
            break;
        at += sizeof word;
    }
    for (; at < text.len; at++) {
        unsigned char byte = (unsigned char)text.ptr[at];
        if (byte >= 0x80 || escapes[byte] != 0)
            break;
    }
    return at - start;
}

/* Short pieces are gathered here, so that the buffer is asked once for many of them. */
struct pieces {
    struct mcp_buf *out;
    size_t len;
    char bytes[1024];
};

static void flush(struct pieces *pieces) {
    mcp_buf_add(pieces->out, (struct mcp_str){pieces->bytes, pieces->len});
    pieces->len = 0;
}

static void put(struct pieces *pieces, const char *bytes, size_t len) {
    if (len > sizeof pieces->bytes - pieces->len)
        flush(pieces);
    if (len > sizeof pieces->bytes) {
        mcp_buf_add(pieces->out, (struct mcp_str){bytes, len});
        return;
    }
    memcpy(pieces->bytes + pieces->len, bytes, len);
    pieces->len += len;
}

static void put_unicode_escape(struct pieces *pieces, uint32_t point) {
    static const char digits[] = "0123456789abcdef";
    const char escape[6] = {'\\',
                            'u',
                            digits[point >> 12 & 15],
                            digits[point >> 8 & 15],
                            digits[point >> 4 & 15],
                            digits[point & 15]};
    put(pieces, escape, sizeof escape);
}

/* The character at `at`, which is not plain ASCII; returns the byte after it. */
static size_t put_special(struct pieces *pieces, struct mcp_str text, size_t at) {
    unsigned char lead = (unsigned char)text.ptr[at];
    if (lead < 0x80) {
        const char escape[2] = {'\\', escapes[lead]};
        if (escape[1] == 'u')
            put_unicode_escape(pieces, lead);
        else
            put(pieces, escape, sizeof escape);
        return at + 1;
    }
    size_t next = at;
    uint32_t point = mcp_utf8_next(text, &next);
    if (point == 0xFFFD)
        put(pieces, "\xEF\xBF\xBD", 3);
    else if (point == 0x85 || point == 0x2028 || point == 0x2029)
        put_unicode_escape(pieces, point);
    else
        put(pieces, text.ptr + at, next - at);
    return next;
}

void mcp_json_add_string(struct mcp_buf *out, struct mcp_str text) {
    struct pieces pieces;
    pieces.out = out;
    pieces.len = 1;
    pieces.bytes[0] = '"';
    for (size_t at = 0; at < text.len;) {
        size_t run = plain_run(text, at);
        put(&pieces, text.ptr + at, run);
        at += run;
        if (at < text.len)
            at = put_special(&pieces, text, at);
    }
    put(&pieces, "\"", 1);
    flush(&pieces);
}

static bool is_quoted_byte(char byte) {
    return byte == '"' || byte == '\\';
}

/* `bytes` with room for the worst: all of them with a backslash. */
static void escape_into(struct mcp_buf *out, char *room, struct mcp_str bytes) {
    char *to = room;
    for (size_t i = 0; i < bytes.len; i++) {
        *to = '\\';
        to += is_quoted_byte(bytes.ptr[i]);
        *to++ = bytes.ptr[i];
    }
    mcp_buf_commit(out, (size_t)(to - room));
}

/* Near the ceiling, where the worst does not fit but the text may. */
static void escape_bytes(struct mcp_buf *out, struct mcp_str bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        if (is_quoted_byte(bytes.ptr[i]))
            mcp_buf_addc(out, '\\');
        mcp_buf_addc(out, bytes.ptr[i]);
    }
}

void mcp_json_add_json_string(struct mcp_buf *out, struct mcp_str json) {
    enum { STEP = 4096 };
    mcp_buf_addc(out, '"');
    for (size_t at = 0; at < json.len && out->status == MCP_OK; at += STEP) {
        struct mcp_str bytes = {json.ptr + at, json.len - at < STEP ? json.len - at : STEP};
        char *room = mcp_buf_reserve(out, 2 * bytes.len);
        if (room != NULL) {
            escape_into(out, room, bytes);
        } else if (out->status == MCP_E_LIMIT) {
            out->status = MCP_OK;
            escape_bytes(out, bytes);
        }
    }
    mcp_buf_addc(out, '"');
}

/* Decimal digits of `value` with at least `min_digits`; returns where they begin before `end`. */
static char *digits_before(char *end, uint64_t value, size_t min_digits) {
    char *to = end;
    while (value > 0 || (size_t)(end - to) < min_digits) {
        *--to = (char)('0' + value % 10);
        value /= 10;
    }
    return to;
}

void mcp_json_add_integer(struct mcp_buf *out, int64_t value) {
    char text[24];
    char *end = text + sizeof text;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *begin = digits_before(end, magnitude, 1);
    if (value < 0)
        *--begin = '-';
    mcp_buf_add(out, (struct mcp_str){begin, (size_t)(end - begin)});
}

/*
 * Reals that are a decimal of at most 15 digits, 6 of them after the point: the quotient of two
 * exact doubles is the nearest double to that decimal, so when it equals `magnitude` the decimal
 * reads back the same, and with up to 15 digits no other is as short. False for all others.
 */
static bool add_short_real(struct mcp_buf *out, double magnitude, bool is_negative) {
    if (magnitude >= 1e15 || (magnitude < 1e-4 && magnitude != 0))
        return false;
    static const double scales[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    for (size_t places = 1; places < MCP_COUNT(scales); places++) {
        double scale = scales[places];
        double scaled = magnitude * scale + 0.5;
        if (scaled >= 1e15)
            return false;
        uint64_t decimal = (uint64_t)scaled;
        if ((double)decimal / scale != magnitude)
            continue;
        char text[32];
        char *end = text + sizeof text;
        char *point = end - places - 1;
        uint64_t unit = (uint64_t)scale;
        (void)digits_before(end, decimal % unit, places);
        *point = '.';
        char *begin = digits_before(point, decimal / unit, 1);
        if (is_negative)
            *--begin = '-';
        mcp_buf_add(out, (struct mcp_str){begin, (size_t)(end - begin)});
        return true;
    }
    return false;
}

/* printf's text with the locale's decimal point made ".", and ".0" added to bare digits. */
static void add_printed_real(struct mcp_buf *out, const char *text) {
    bool is_bare = true;
    bool in_point = false;
    for (const char *c = text; *c != '\0'; c++) {
        bool is_number_byte = (*c >= '0' && *c <= '9') || *c == '-' || *c == '+' || *c == 'e';
        is_bare = is_bare && is_number_byte && *c != 'e';
        if (is_number_byte)
            mcp_buf_addc(out, *c);
        else if (!in_point)
            mcp_buf_addc(out, '.');
        in_point = !is_number_byte;
    }
    if (is_bare)
        mcp_buf_add(out, MCP_STR(".0"));
}

enum { REAL_BYTES = 32 };

/* Prints with `digits` significant digits; true when that reads back as `value`. */
static bool print_real(char text[REAL_BYTES], int digits, double value) {
    (void)snprintf(text, REAL_BYTES, "%.*g", digits, value);
    return strtod(text, NULL) == value;
}

/*
 * The fewest digits, tried in the order that asks least often: the nearest decimal of 16 digits is
 * at least as near as any of 15, so when it fails those fail too, and 17 always do. Not so at the
 * powers of two, where the doubles below lie closer than those above, nor below the normal range,
 * where fewer than 15 may do.
 */
static void print_shortest(char text[REAL_BYTES], double value) {
    int exponent = 0;
    bool is_subnormal = fabs(value) < DBL_MIN;
    if (is_subnormal || frexp(fabs(value), &exponent) == 0.5) {
        int digits = is_subnormal ? 1 : 15;
        while (!print_real(text, digits, value))
            digits++;
        return;
    }
    char shorter[REAL_BYTES];
    if (!print_real(text, 16, value))
        (void)snprintf(text, REAL_BYTES, "%.17g", value);
    else if (print_real(shorter, 15, value))
        memcpy(text, shorter, sizeof shorter);
}

void mcp_json_add_real(struct mcp_buf *out, double value) {
    if (!isfinite(value)) {
        mcp_buf_add(out, MCP_STR("null"));
        return;
    }
    if (add_short_real(out, fabs(value), signbit(value) != 0))
        return;
    char text[REAL_BYTES];
    print_shortest(text, value);
    add_printed_real(out, text);
}

/* One open container. */
struct frame {
    const json_t *container;
    void *member; /* object: the iterator of the next member; NULL at the end */
    size_t index; /* array: the next element */
};

struct writer {
    struct mcp_buf *out;
    bool is_pretty;
    size_t depth; /* frames in use */
    struct frame frames[MCP_JSON_MAX_DEPTH];
};

static void add_break(struct writer *writer) {
    static const char spaces[] = "                                ";
    if (!writer->is_pretty)
        return;
    mcp_buf_addc(writer->out, '\n');
    for (size_t left = 2 * writer->depth; left > 0;) {
        size_t len = left < sizeof spaces - 1 ? left : sizeof spaces - 1;
        mcp_buf_add(writer->out, (struct mcp_str){spaces, len});
        left -= len;
    }
}

static void add_scalar(struct mcp_buf *out, const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_STRING:
        mcp_json_add_string(out, mcp_json_str(value));
        break;
    case JSON_INTEGER:
        mcp_json_add_integer(out, json_integer_value(value));
        break;
    case JSON_REAL:
        mcp_json_add_real(out, json_real_value(value));
        break;
    case JSON_TRUE:
        mcp_buf_add(out, MCP_STR("true"));
        break;
    case JSON_FALSE:
        mcp_buf_add(out, MCP_STR("false"));
        break;
    default:
        mcp_buf_add(out, MCP_STR("null"));
        break;
    }
}

/* A scalar or an empty container is written whole; another container is opened. */
static enum mcp_code begin_value(struct writer *writer, const json_t *value, struct mcp_err *err) {
    bool is_object = json_is_object(value);
    if (!is_object && !json_is_array(value)) {
        add_scalar(writer->out, value);
        return MCP_OK;
    }
    size_t size = is_object ? json_object_size(value) : json_array_size(value);
    if (size == 0) {
        mcp_buf_add(writer->out, is_object ? MCP_STR("{}") : MCP_STR("[]"));
        return MCP_OK;
    }
    if (writer->depth == MCP_JSON_MAX_DEPTH)
        return MCP_FAIL(err, MCP_E_LIMIT, "nested deeper than %d", MCP_JSON_MAX_DEPTH);
    mcp_buf_addc(writer->out, is_object ? '{' : '[');
    /* The iterator functions take a mutable object, though they change nothing. */
    union {
        const json_t *constant;
        json_t *plain;
    } object = {.constant = value};
    writer->frames[writer->depth++] =
        (struct frame){value, is_object ? json_object_iter(object.plain) : NULL, 0};
    return MCP_OK;
}

/* The next child of the innermost container, its separator and key written; NULL at the end. */
static const json_t *next_child(struct writer *writer) {
    struct frame *frame = &writer->frames[writer->depth - 1];
    struct mcp_buf *out = writer->out;
    bool is_object = json_is_object(frame->container);
    const json_t *child = is_object ? json_object_iter_value(frame->member)
                                    : json_array_get(frame->container, frame->index);
    if (child == NULL)
        return NULL;
    if (frame->index++ > 0)
        mcp_buf_addc(out, ',');
    add_break(writer);
    if (is_object) {
        union {
            const json_t *constant;
            json_t *plain;
        } object = {.constant = frame->container};
        const char *key = json_object_iter_key(frame->member);
        mcp_json_add_string(out, (struct mcp_str){key, json_object_iter_key_len(frame->member)});
        mcp_buf_add(out, writer->is_pretty ? MCP_STR(": ") : MCP_STR(":"));
        frame->member = json_object_iter_next(object.plain, frame->member);
    }
    return child;
}

static void end_container(struct writer *writer) {
    writer->depth--;
    bool is_object = json_is_object(writer->frames[writer->depth].container);
    add_break(writer);
    mcp_buf_addc(writer->out, is_object ? '}' : ']');
}

static enum mcp_code write_tree(const json_t *root, struct mcp_buf *out, bool is_pretty,
                                struct mcp_err *err) {
    struct writer writer; /* frames stay uninitialised: they are 48 KiB, and few are used */
    writer.out = out;
    writer.is_pretty = is_pretty;
    writer.depth = 0;
    MCP_TRY(begin_value(&writer, root, err));
    while (writer.depth > 0 && out->status == MCP_OK) {
        const json_t *child = next_child(&writer);
        if (child != NULL)
            MCP_TRY(begin_value(&writer, child, err));
        else
            end_container(&writer);
    }
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_json_write(const json_t *value, struct mcp_buf *out, struct mcp_err *err) {
    return write_tree(value, out, false, err);
}

enum mcp_code mcp_json_write_pretty(const json_t *value, struct mcp_buf *out, struct mcp_err *err) {
    MCP_TRY(write_tree(value, out, true, err));
    mcp_buf_addc(out, '\n');
    return mcp_buf_finish(out, err);
}
