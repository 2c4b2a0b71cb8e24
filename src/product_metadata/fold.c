/* SPDX-License-Identifier: MIT */
/* fold.c - see fold.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/fold.h"

#include <assert.h>
#include <limits.h>
#include <utf8proc.h>

#include "mcp/alloc.h"
#include "mcp/utf8.h"

enum { STACK_POINTS = 256, MINUS_SIGN = 0x2212 };

/* Collapses gaps on the way to `out`. */
struct writer {
    struct mcp_buf *out;
    bool is_started;
    bool has_gap;
};

static bool is_ascii_gap(char c) {
    return (c >= 0 && c <= ' ') || c == '_' || c == '-' || c == 0x7F;
}

static bool is_gap(utf8proc_int32_t point) {
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
        return true;
    default:
        return point == MINUS_SIGN;
    }
}

/* What precedes a code point that is no gap. */
static void write_gap(struct writer *writer) {
    if (writer->has_gap && writer->is_started)
        mcp_buf_addc(writer->out, ' ');
    writer->is_started = true;
    writer->has_gap = false;
}

static char small(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

static bool is_ascii(struct mcp_str text) {
    unsigned char bits = 0;
    for (size_t i = 0; i < text.len; i++)
        bits |= (unsigned char)text.ptr[i];
    return bits < 0x80;
}

static void fold_ascii(struct mcp_str text, struct writer *writer) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_ascii_gap(c)) {
            writer->has_gap = true;
            continue;
        }
        write_gap(writer);
        mcp_buf_addc(writer->out, small(c));
    }
}

/* `points` has room for `room`; true when that is enough. */
static bool fold_points(struct mcp_str text, utf8proc_int32_t *points, utf8proc_ssize_t room,
                        utf8proc_ssize_t *out_count) {
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    utf8proc_ssize_t count = utf8proc_decompose((const utf8proc_uint8_t *)text.ptr,
                                                (utf8proc_ssize_t)text.len, points, room, options);
    assert(count >= 0); /* the text is valid UTF-8 of a sane length */
    *out_count = count;
    if (count > room)
        return false;
    *out_count = utf8proc_normalize_utf32(points, count, options);
    assert(*out_count >= 0);
    return true;
}

static void write_points(const utf8proc_int32_t *points, utf8proc_ssize_t count,
                         struct writer *writer) {
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (is_gap(points[i])) {
            writer->has_gap = true;
            continue;
        }
        write_gap(writer);
        mcp_utf8_add(writer->out, (uint32_t)points[i]);
    }
}

enum mcp_code product_fold(struct mcp_str text, struct mcp_buf *out, struct mcp_err *err) {
    struct writer writer = {.out = out};
    utf8proc_int32_t few[STACK_POINTS];
    utf8proc_int32_t *many MCP_AUTO(mcp_freep) = NULL;
    utf8proc_ssize_t count = 0;
    if (is_ascii(text)) {
        fold_ascii(text, &writer);
        return mcp_buf_finish(out, err);
    }
    size_t valid = mcp_utf8_valid_prefix(text);
    if (valid < text.len)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_SYNTAX, "invalid UTF-8"), "byte %zu", valid);
    if (fold_points(text, few, STACK_POINTS, &count)) {
        write_points(few, count, &writer);
        return mcp_buf_finish(out, err);
    }
    many = mcp_alloc((size_t)count * sizeof *many);
    if (many == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    bool is_enough = fold_points(text, many, count, &count);
    assert(is_enough);
    write_points(many, count, &writer);
    return mcp_buf_finish(out, err);
}
