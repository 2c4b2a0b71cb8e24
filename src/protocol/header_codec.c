/* SPDX-License-Identifier: MIT */
/* header_codec.c - values; see header_codec.h. Pure: no I/O, no clock, no log. */
#include "protocol/header_codec.h"

#include <string.h>

#include "base/base64.h"
#include "mcp/utf8.h"

static const struct mcp_str opening = {"=?base64?", 9};
static const struct mcp_str closing = {"?=", 2};

/* Largest integer every JSON implementation keeps exactly: 2^53 - 1. */
static const int64_t max_safe = 9007199254740991;

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

static bool begins_with(struct mcp_str text, struct mcp_str head) {
    return text.len >= head.len && memcmp(text.ptr, head.ptr, head.len) == 0;
}

static bool ends_with(struct mcp_str text, struct mcp_str tail) {
    return text.len >= tail.len && memcmp(text.ptr + text.len - tail.len, tail.ptr, tail.len) == 0;
}

static bool is_plain(struct mcp_str value) {
    if (value.len > 0 && (value.ptr[0] == ' ' || value.ptr[value.len - 1] == ' '))
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < 0x20 || value.ptr[i] > 0x7E)
            return false;
    return !(begins_with(value, opening) && ends_with(value, closing));
}

void mcp_header_encode(struct mcp_buf *out, struct mcp_str value) {
    if (is_plain(value)) {
        mcp_buf_add(out, value);
        return;
    }
    mcp_buf_add(out, opening);
    mcp_base64_encode(out, value);
    mcp_buf_add(out, closing);
}

/* A whole number within the safe range, whichever way JSON spells it. */
static bool read_integer(const json_t *value, int64_t *out_number) {
    int64_t number = 0;
    if (json_is_integer(value)) {
        number = json_integer_value(value);
    } else if (json_is_real(value)) {
        double real = json_real_value(value);
        if (!(real >= (double)-max_safe && real <= (double)max_safe))
            return false;
        number = (int64_t)real;
        if ((double)number != real)
            return false;
    } else {
        return false;
    }
    if (number < -max_safe || number > max_safe)
        return false;
    *out_number = number;
    return true;
}

bool mcp_header_encode_json(struct mcp_buf *out, const json_t *value) {
    int64_t number = 0;
    if (json_is_string(value))
        mcp_header_encode(out, mcp_json_str(value));
    else if (json_is_boolean(value))
        mcp_buf_add(out, mcp_str_of(json_is_true(value) ? "true" : "false"));
    else if (read_integer(value, &number))
        mcp_json_add_integer(out, number);
    else
        return false;
    return true;
}

enum mcp_code mcp_header_decode(struct mcp_buf *out, struct mcp_str text, struct mcp_err *err) {
    if (!mcp_http_value_is_safe(text))
        return MCP_FAIL(err, MCP_E_SYNTAX, "a byte that may not stand in a header");
    bool is_encoded = text.len >= opening.len + closing.len && begins_with(text, opening) &&
                      ends_with(text, closing);
    if (!is_encoded) {
        mcp_buf_add(out, text);
        return mcp_buf_finish(out, err);
    }
    struct mcp_str digits = {text.ptr + opening.len, text.len - opening.len - closing.len};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(digits.len);
    MCP_TRY(mcp_base64_decode(&bytes, digits, err));
    struct mcp_str value = mcp_buf_view(&bytes);
    if (mcp_utf8_valid_prefix(value) != value.len)
        return MCP_FAIL(err, MCP_E_SYNTAX, "base64 of bytes that are not UTF-8");
    mcp_buf_add(out, value);
    return mcp_buf_finish(out, err);
}

/* "-42" or "42.000"; false beyond the safe range. */
static bool parse_integer(struct mcp_str text, int64_t *out_number) {
    size_t at = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
    size_t first = at;
    int64_t number = 0;
    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++) {
        number = number * 10 + (text.ptr[at] - '0');
        if (number > max_safe)
            return false;
    }
    if (at == first)
        return false;
    if (at < text.len && (text.ptr[at] != '.' || at + 1 == text.len))
        return false;
    for (size_t i = at + 1; i < text.len; i++)
        if (text.ptr[i] != '0')
            return false;
    *out_number = first == 1 ? -number : number;
    return true;
}

static bool says_the_same(struct mcp_str text, const json_t *value) {
    int64_t said = 0;
    int64_t meant = 0;
    if (json_is_string(value))
        return mcp_str_equal(text, mcp_json_str(value));
    if (json_is_boolean(value))
        return mcp_str_equal(text, mcp_str_of(json_is_true(value) ? "true" : "false"));
    return read_integer(value, &meant) && parse_integer(text, &said) && said == meant;
}

enum mcp_code mcp_header_compare(struct mcp_str text, const json_t *value, struct mcp_err *err) {
    while (text.len > 0 && is_blank(text.ptr[0]))
        text = (struct mcp_str){text.ptr + 1, text.len - 1};
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf decoded = MCP_BUF_INIT(text.len);
    struct mcp_err why = {0};
    enum mcp_code code = mcp_header_decode(&decoded, text, &why);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "%s", why.what);
    if (code != MCP_OK)
        return MCP_FAIL(err, MCP_E_INVALID, "malformed header value: %s", why.what);
    if (!says_the_same(mcp_buf_view(&decoded), value))
        return MCP_FAIL(err, MCP_E_INVALID, "the header does not match the body");
    return MCP_OK;
}
