/* SPDX-License-Identifier: MIT */
/* schema_ecma_escape.c - escapes of schema_ecma_reader.h. Pure: no I/O, no clock, no log. */
#include <ctype.h>

#include "json/schema_ecma_reader.h"
#include "mcp/utf8.h"

/* ECMA-262 WhiteSpace and LineTerminator, and everything else, as PCRE2 class members. */
#define SPACE_SET                                                                                  \
    "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"                       \
    "\\x{205f}\\x{3000}\\x{feff}"
#define OTHER_SET                                                                                  \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}"                                  \
    "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}"                 \
    "\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"

enum { MAX_POINT = 0x10ffff, HIGH_FIRST = 0xd800, LOW_FIRST = 0xdc00, LOW_LAST = 0xdfff };

static void add_set(struct mcp_buf *out, bool in_class, struct mcp_str members) {
    if (!in_class)
        mcp_buf_addc(out, '[');
    mcp_buf_add(out, members);
    if (!in_class)
        mcp_buf_addc(out, ']');
}

static int hex_digit(int byte) {
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* Exactly `count` hexadecimal digits `ahead` of here; -1 when they are not there. */
static long peek_hex(const struct mcp_schema_ecma *ecma, size_t ahead, size_t count) {
    long value = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = hex_digit(mcp_schema_ecma_peek(ecma, ahead + i));
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* u{...}, the brace already taken. */
static enum mcp_code read_braced(struct mcp_schema_ecma *ecma, uint32_t *out_point) {
    size_t start = ecma->at;
    uint32_t value = 0;
    int digit = hex_digit(mcp_schema_ecma_peek(ecma, 0));
    for (; digit >= 0 && value <= MAX_POINT; digit = hex_digit(mcp_schema_ecma_peek(ecma, 0))) {
        value = value * 16 + (uint32_t)digit;
        ecma->at++;
    }
    if (ecma->at == start || value > MAX_POINT || mcp_schema_ecma_peek(ecma, 0) != '}')
        return mcp_schema_ecma_fail(ecma, start, "\\u{...} is not a code point");
    ecma->at++;
    *out_point = value;
    return MCP_OK;
}

/* The 'u' is already taken; a pair of surrogate escapes is one code point. */
static enum mcp_code read_unicode(struct mcp_schema_ecma *ecma, uint32_t *out_point) {
    if (mcp_schema_ecma_peek(ecma, 0) == '{') {
        ecma->at++;
        return read_braced(ecma, out_point);
    }
    long unit = peek_hex(ecma, 0, 4);
    if (unit < 0)
        return mcp_schema_ecma_fail(ecma, ecma->at, "\\u needs four hexadecimal digits");
    ecma->at += 4;
    *out_point = (uint32_t)unit;
    if (unit < HIGH_FIRST || unit >= LOW_FIRST)
        return MCP_OK;
    if (mcp_schema_ecma_peek(ecma, 0) != '\\' || mcp_schema_ecma_peek(ecma, 1) != 'u')
        return MCP_OK;
    long low = peek_hex(ecma, 2, 4);
    if (low < LOW_FIRST || low > LOW_LAST)
        return MCP_OK;
    ecma->at += 6;
    *out_point = (uint32_t)(0x10000 + (unit - HIGH_FIRST) * 0x400 + (low - LOW_FIRST));
    return MCP_OK;
}

/* x, u, c and 0, whose letter is already taken; *out_known is false for any other letter. */
static enum mcp_code read_numeric(struct mcp_schema_ecma *ecma, int letter, uint32_t *out_point,
                                  bool *out_known) {
    int next = mcp_schema_ecma_peek(ecma, 0);
    *out_known = true;
    switch (letter) {
    case 'u':
        return read_unicode(ecma, out_point);
    case 'x':
        if (peek_hex(ecma, 0, 2) < 0)
            return mcp_schema_ecma_fail(ecma, ecma->at, "\\x needs two hexadecimal digits");
        *out_point = (uint32_t)peek_hex(ecma, 0, 2);
        ecma->at += 2;
        return MCP_OK;
    case 'c':
        if (next < 0 || isalpha(next) == 0 || next > 'z')
            return mcp_schema_ecma_fail(ecma, ecma->at, "\\c needs a letter");
        *out_point = (uint32_t)next & 31U;
        ecma->at++;
        return MCP_OK;
    case '0':
        if (next >= '0' && next <= '9')
            return mcp_schema_ecma_fail(ecma, ecma->at, "an octal escape");
        *out_point = 0;
        return MCP_OK;
    default:
        *out_known = false;
        return MCP_OK;
    }
}

static enum mcp_code read_number_reference(struct mcp_schema_ecma *ecma, struct mcp_buf *out) {
    size_t start = ecma->at - 1;
    unsigned group = 0;
    ecma->at = start;
    for (int digit = mcp_schema_ecma_peek(ecma, 0); digit >= '0' && digit <= '9' && group < 10000;
         digit = mcp_schema_ecma_peek(ecma, 0)) {
        group = group * 10 + (unsigned)(digit - '0');
        ecma->at++;
    }
    if (group > ecma->group_count)
        return mcp_schema_ecma_fail(ecma, start, "a reference to a group that is not there");
    mcp_buf_addf(out, "\\g{%u}", group);
    return MCP_OK;
}

static enum mcp_code read_named_reference(struct mcp_schema_ecma *ecma, struct mcp_buf *out) {
    size_t start = ecma->at;
    size_t end = start + 1;
    while (end < ecma->in.len && ecma->in.ptr[end] != '>')
        end++;
    if (mcp_schema_ecma_peek(ecma, 0) == '<' && end < ecma->in.len) {
        struct mcp_str name = {ecma->in.ptr + start + 1, end - start - 1};
        for (size_t i = 0; i < ecma->name_count; i++)
            if (mcp_str_equal(name, ecma->names[i].text)) {
                ecma->at = end + 1;
                mcp_buf_addf(out, "\\g{%u}", ecma->names[i].group);
                return MCP_OK;
            }
    }
    return mcp_schema_ecma_fail(ecma, start, "\\k needs the <name> of a group");
}

/* Escapes with a meaning of their own outside a class; *out_known is false for the rest. */
static enum mcp_code read_outside(struct mcp_schema_ecma *ecma, int letter, struct mcp_buf *out,
                                  struct mcp_schema_ecma_atom *atom, bool *out_known) {
    *out_known = true;
    if (letter == 'b' || letter == 'B') {
        atom->kind = MCP_ECMA_BOUNDARY;
        mcp_buf_addc(out, '\\');
        mcp_buf_addc(out, (char)letter);
        return MCP_OK;
    }
    atom->kind = MCP_ECMA_REFERENCE;
    if (letter >= '1' && letter <= '9')
        return read_number_reference(ecma, out);
    if (letter == 'k')
        return read_named_reference(ecma, out);
    *out_known = false;
    return MCP_OK;
}

/* d D w W s S p P; *out_known is false for the rest. */
static enum mcp_code read_set(struct mcp_schema_ecma *ecma, int letter, bool in_class,
                              struct mcp_buf *out, bool *out_known) {
    *out_known = true;
    switch (letter) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
        mcp_buf_addc(out, '\\');
        mcp_buf_addc(out, (char)letter);
        return MCP_OK;
    case 's':
        add_set(out, in_class, MCP_STR(SPACE_SET));
        return MCP_OK;
    case 'S':
        add_set(out, in_class, MCP_STR(OTHER_SET));
        return MCP_OK;
    case 'p':
    case 'P':
        return mcp_schema_ecma_property(ecma, letter == 'P', out);
    default:
        *out_known = false;
        return MCP_OK;
    }
}

static enum mcp_code read_identity(struct mcp_schema_ecma *ecma, size_t start, int letter,
                                   bool in_class, uint32_t *out_point) {
    static const char controls[] = "tnvfr";
    for (size_t i = 0; i < sizeof controls - 1; i++)
        if (letter == controls[i]) {
            static const unsigned char points[] = {'\t', '\n', '\v', '\f', '\r'};
            *out_point = points[i];
            return MCP_OK;
        }
    *out_point = in_class && letter == 'b' ? '\b' : (uint32_t)letter;
    if (letter > '~' || (isalnum(letter) != 0 && !(in_class && letter == 'b')))
        return mcp_schema_ecma_fail(ecma, start, "an escape that ECMA-262 does not have");
    return MCP_OK;
}

/* The letter after a backslash, already taken. */
static enum mcp_code read_letter(struct mcp_schema_ecma *ecma, int letter, bool in_class,
                                 struct mcp_buf *out, struct mcp_schema_ecma_atom *out_atom) {
    size_t start = ecma->at - 2;
    bool is_known = false;
    out_atom->kind = MCP_ECMA_SET;
    enum mcp_code code = read_set(ecma, letter, in_class, out, &is_known);
    if (code == MCP_OK && !is_known && !in_class)
        code = read_outside(ecma, letter, out, out_atom, &is_known);
    if (code != MCP_OK || is_known)
        return code;
    out_atom->kind = MCP_ECMA_POINT;
    MCP_TRY(read_numeric(ecma, letter, &out_atom->point, &is_known));
    return is_known ? MCP_OK : read_identity(ecma, start, letter, in_class, &out_atom->point);
}

enum mcp_code mcp_schema_ecma_escape(struct mcp_schema_ecma *ecma, bool in_class,
                                     struct mcp_buf *out, struct mcp_schema_ecma_atom *out_atom) {
    int letter = mcp_schema_ecma_peek(ecma, 0);
    if (letter < 0)
        return mcp_schema_ecma_fail(ecma, ecma->at - 1, "a backslash at the end");
    ecma->at++;
    return read_letter(ecma, letter, in_class, out, out_atom);
}
