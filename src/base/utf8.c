/* SPDX-License-Identifier: MIT */
/* utf8.c - see mcp/utf8.h. Pure: no I/O, no clock, no log. */
#include "mcp/utf8.h"

#include <string.h>

enum { REPLACEMENT = 0xFFFD };

static bool is_tail(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

/* Length of the well-formed sequence at `at` (RFC 3629 section 4), or 0; `at` is not ASCII. */
static size_t sequence(const unsigned char *at, size_t left, uint32_t *out_code_point) {
    unsigned char lead = at[0];
    if (lead >= 0xC2 && lead <= 0xDF && left >= 2 && is_tail(at[1])) {
        *out_code_point = (uint32_t)(lead & 0x1F) << 6 | (at[1] & 0x3F);
        return 2;
    }
    if ((lead & 0xF0) == 0xE0 && left >= 3 && is_tail(at[1]) && is_tail(at[2])) {
        uint32_t point = (uint32_t)(lead & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 |
                         (uint32_t)(at[2] & 0x3F);
        *out_code_point = point;
        return point >= 0x800 && (point < 0xD800 || point > 0xDFFF) ? 3 : 0;
    }
    if ((lead & 0xF8) == 0xF0 && left >= 4 && is_tail(at[1]) && is_tail(at[2]) && is_tail(at[3])) {
        uint32_t point = (uint32_t)(lead & 0x07) << 18 | (uint32_t)(at[1] & 0x3F) << 12 |
                         (uint32_t)(at[2] & 0x3F) << 6 | (uint32_t)(at[3] & 0x3F);
        *out_code_point = point;
        return point >= 0x10000 && point <= 0x10FFFF ? 4 : 0;
    }
    return 0;
}

static size_t ascii_run(struct mcp_str bytes, size_t at) {
    const uint64_t high_bits = 0x8080808080808080U;
    size_t start = at;
    uint64_t word = 0;
    while (bytes.len - at >= sizeof word) {
        memcpy(&word, bytes.ptr + at, sizeof word);
        if ((word & high_bits) != 0)
            break;
        at += sizeof word;
    }
    while (at < bytes.len && (unsigned char)bytes.ptr[at] < 0x80)
        at++;
    return at - start;
}

size_t mcp_utf8_valid_prefix(struct mcp_str bytes) {
    size_t at = 0;
    for (;;) {
        at += ascii_run(bytes, at);
        if (at == bytes.len)
            return at;
        uint32_t point = 0;
        size_t len = sequence((const unsigned char *)bytes.ptr + at, bytes.len - at, &point);
        if (len == 0)
            return at;
        at += len;
    }
}

uint32_t mcp_utf8_next(struct mcp_str bytes, size_t *at) {
    const unsigned char *here = (const unsigned char *)bytes.ptr + *at;
    uint32_t point = 0;
    if (here[0] < 0x80) {
        (*at)++;
        return here[0];
    }
    size_t len = sequence(here, bytes.len - *at, &point);
    *at += len > 0 ? len : 1;
    return len > 0 ? point : REPLACEMENT;
}

void mcp_utf8_add(struct mcp_buf *buf, uint32_t code_point) {
    uint32_t point = code_point;
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        point = REPLACEMENT;
    char out[4];
    size_t len = 0;
    if (point < 0x80) {
        out[len++] = (char)point;
    } else if (point < 0x800) {
        out[len++] = (char)(0xC0 | point >> 6);
        out[len++] = (char)(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        out[len++] = (char)(0xE0 | point >> 12);
        out[len++] = (char)(0x80 | (point >> 6 & 0x3F));
        out[len++] = (char)(0x80 | (point & 0x3F));
    } else {
        out[len++] = (char)(0xF0 | point >> 18);
        out[len++] = (char)(0x80 | (point >> 12 & 0x3F));
        out[len++] = (char)(0x80 | (point >> 6 & 0x3F));
        out[len++] = (char)(0x80 | (point & 0x3F));
    }
    mcp_buf_add(buf, (struct mcp_str){out, len});
}

bool mcp_utf8_repair(struct mcp_buf *buf, struct mcp_str bytes) {
    bool is_whole = true;
    struct mcp_str rest = bytes;
    while (rest.len > 0) {
        size_t valid = mcp_utf8_valid_prefix(rest);
        mcp_buf_add(buf, (struct mcp_str){rest.ptr, valid});
        if (valid == rest.len)
            break;
        mcp_utf8_add(buf, REPLACEMENT);
        is_whole = false;
        rest = (struct mcp_str){rest.ptr + valid + 1, rest.len - valid - 1};
    }
    return is_whole;
}

/* Control characters, the marks and embeddings that reorder text, the two line separators. */
static bool is_unsafe(uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C || point == 0x200E ||
           point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

void mcp_utf8_add_printable(struct mcp_buf *buf, struct mcp_str bytes) {
    size_t run = 0; /* start of what is safe but not yet copied */
    size_t at = 0;
    while (at < bytes.len) {
        size_t start = at;
        uint32_t point = mcp_utf8_next(bytes, &at);
        unsigned first = (unsigned char)bytes.ptr[start];
        bool is_malformed = point == REPLACEMENT && at - start == 1;
        if (!is_malformed && !is_unsafe(point))
            continue;
        mcp_buf_add(buf, (struct mcp_str){bytes.ptr + run, start - run});
        if (is_malformed || point < 0x80)
            mcp_buf_addf(buf, "\\x%02x", first);
        else
            mcp_buf_addf(buf, "\\u%04x", (unsigned)point);
        run = at;
    }
    mcp_buf_add(buf, (struct mcp_str){bytes.ptr + run, at - run});
}

size_t mcp_utf8_length(struct mcp_str text) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += !is_tail((unsigned char)text.ptr[i]);
    return count;
}
