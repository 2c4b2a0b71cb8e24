/* SPDX-License-Identifier: MIT */
/* base64.c - see base/base64.h. Pure: no I/O, no clock, no log. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

/* Digit 62 and 63 differ between the two alphabets of RFC 4648 sections 4 and 5. */
struct alphabet {
    char digit[65];
    char digit_62;
    char digit_63;
    bool is_padded;
};

static const struct alphabet standard = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", '+', '/', true};
static const struct alphabet url_safe = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", '-', '_', false};

static void encode(struct mcp_buf *out, struct mcp_str bytes, const struct alphabet *with) {
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    if (bytes.len > SIZE_MAX / 2) {
        out->status = MCP_E_LIMIT;
        return;
    }
    size_t left = bytes.len % 3;
    size_t whole = bytes.len - left;
    size_t tail = left == 0 ? 0 : (with->is_padded ? 4 : left + 1);
    char *to = mcp_buf_reserve(out, whole / 3 * 4 + tail);
    if (to == NULL)
        return;
    for (size_t i = 0; i < whole; i += 3, to += 4) {
        uint32_t bits = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
        to[0] = with->digit[bits >> 18];
        to[1] = with->digit[bits >> 12 & 63];
        to[2] = with->digit[bits >> 6 & 63];
        to[3] = with->digit[bits & 63];
    }
    if (left > 0) {
        uint32_t bits = (uint32_t)in[whole] << 16;
        bits |= left == 2 ? (uint32_t)in[whole + 1] << 8 : 0;
        char last[4] = {with->digit[bits >> 18], with->digit[bits >> 12 & 63], '=', '='};
        if (left == 2)
            last[2] = with->digit[bits >> 6 & 63];
        memcpy(to, last, tail);
    }
    mcp_buf_commit(out, whole / 3 * 4 + tail);
}

/* 0 to 63, or 64 for a byte that is no digit. */
static uint32_t value_of(char byte, const struct alphabet *of) {
    if (byte >= 'A' && byte <= 'Z')
        return (uint32_t)(byte - 'A');
    if (byte >= 'a' && byte <= 'z')
        return (uint32_t)(byte - 'a') + 26;
    if (byte >= '0' && byte <= '9')
        return (uint32_t)(byte - '0') + 52;
    if (byte == of->digit_62)
        return 62;
    return byte == of->digit_63 ? 63 : 64;
}

static enum mcp_code fail_at(size_t byte, const char *what, struct mcp_err *err) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_SYNTAX, "%s", what), "byte %zu", byte);
}

/* The digits without padding; SYNTAX when the padding is not the canonical one. */
static enum mcp_code strip_padding(struct mcp_str text, const struct alphabet *of,
                                   struct mcp_str *out_digits, struct mcp_err *err) {
    size_t len = text.len;
    if (of->is_padded) {
        if (len % 4 != 0)
            return fail_at(len, "base64 text is not padded to a multiple of 4 digits", err);
        if (len > 0 && text.ptr[len - 1] == '=')
            len -= text.ptr[len - 2] == '=' ? 2 : 1;
    }
    if (len % 4 == 1)
        return fail_at(len - 1, "a single base64 digit left over", err);
    *out_digits = (struct mcp_str){text.ptr, len};
    return MCP_OK;
}

static enum mcp_code decode_digits(struct mcp_str digits, const struct alphabet *of, char *to,
                                   struct mcp_err *err) {
    uint32_t bits = 0;
    unsigned held = 0; /* bits not written yet: 0, 2, 4 or 6 after a byte left */
    for (size_t i = 0; i < digits.len; i++) {
        uint32_t value = value_of(digits.ptr[i], of);
        if (value > 63)
            return fail_at(i, "not a base64 digit", err);
        bits = bits << 6 | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *to++ = (char)(bits >> held & 0xFF);
        }
    }
    if ((bits & ((1U << held) - 1)) != 0)
        return fail_at(digits.len - 1, "spare bits of the last base64 digit are not zero", err);
    return MCP_OK;
}

static enum mcp_code decode(struct mcp_buf *out, struct mcp_str text, const struct alphabet *of,
                            struct mcp_err *err) {
    struct mcp_str digits = MCP_STR("");
    MCP_TRY(strip_padding(text, of, &digits, err));
    size_t len = digits.len / 4 * 3 + (digits.len % 4 * 3) / 4;
    char *to = mcp_buf_reserve(out, len);
    if (to == NULL)
        return mcp_buf_finish(out, err);
    enum mcp_code code = decode_digits(digits, of, to, err);
    mcp_buf_commit(out, code == MCP_OK ? len : 0);
    return code;
}

void mcp_base64_encode(struct mcp_buf *out, struct mcp_str bytes) {
    encode(out, bytes, &standard);
}

void mcp_base64url_encode(struct mcp_buf *out, struct mcp_str bytes) {
    encode(out, bytes, &url_safe);
}

enum mcp_code mcp_base64_decode(struct mcp_buf *out, struct mcp_str text, struct mcp_err *err) {
    return decode(out, text, &standard, err);
}

enum mcp_code mcp_base64url_decode(struct mcp_buf *out, struct mcp_str text, struct mcp_err *err) {
    return decode(out, text, &url_safe, err);
}
