/* SPDX-License-Identifier: MIT */
/* schema_ecma.c - see schema_ecma.h. Pure: no I/O, no clock, no log. */
#include "json/schema_ecma.h"

#include <string.h>

#include "json/schema_ecma_reader.h"
#include "mcp/utf8.h"

enum { MAX_REPEAT = 65535 }; /* PCRE2's own bound */

/* A lone surrogate is no character of valid text: nothing matches it. */
static void add_literal(struct mcp_buf *out, uint32_t point) {
    if (point >= 0xd800 && point <= 0xdfff)
        mcp_buf_add(out, MCP_STR("(?!)"));
    else
        mcp_schema_ecma_add_point(out, point);
}

/* After "(": what PCRE2 is given for it, and how many bytes of the pattern that covers. */
static enum mcp_code open_group(struct mcp_schema_ecma *ecma) {
    static const char *const kinds[] = {"?:", "?=", "?!", "?<=", "?<!"};
    if (mcp_schema_ecma_peek(ecma, 0) != '?') {
        mcp_buf_addc(ecma->out, '(');
        return MCP_OK;
    }
    for (size_t i = 0; i < MCP_COUNT(kinds); i++) {
        struct mcp_str kind = mcp_str_of(kinds[i]);
        struct mcp_str here = {ecma->in.ptr + ecma->at, kind.len};
        if (ecma->in.len - ecma->at >= kind.len && mcp_str_equal(here, kind)) {
            mcp_buf_addc(ecma->out, '(');
            mcp_buf_add(ecma->out, kind);
            ecma->at += kind.len;
            return MCP_OK;
        }
    }
    if (mcp_schema_ecma_peek(ecma, 1) != '<')
        return mcp_schema_ecma_fail(ecma, ecma->at, "a group ECMA-262 does not have");
    const char *end = memchr(ecma->in.ptr + ecma->at, '>', ecma->in.len - ecma->at);
    if (end == NULL)
        return mcp_schema_ecma_fail(ecma, ecma->at, "a group without a proper <name>");
    ecma->at = (size_t)(end - ecma->in.ptr) + 1;
    mcp_buf_addc(ecma->out, '(');
    return MCP_OK;
}

static bool read_decimal(const struct mcp_schema_ecma *ecma, size_t *ahead, unsigned *out_value) {
    size_t start = *ahead;
    unsigned value = 0;
    for (int digit = mcp_schema_ecma_peek(ecma, *ahead); digit >= '0' && digit <= '9';
         digit = mcp_schema_ecma_peek(ecma, *ahead)) {
        value = value > MAX_REPEAT ? value : value * 10 + (unsigned)(digit - '0');
        (*ahead)++;
    }
    *out_value = value;
    return *ahead > start;
}

/* The brace at hand read as {n}, {n,} or {n,m}; *out_bytes is 0 when it is none of them. */
static enum mcp_code read_braces(struct mcp_schema_ecma *ecma, size_t *out_bytes) {
    size_t ahead = 1;
    unsigned min = 0;
    unsigned max = 0;
    *out_bytes = 0;
    if (!read_decimal(ecma, &ahead, &min))
        return MCP_OK;
    max = min;
    if (mcp_schema_ecma_peek(ecma, ahead) == ',') {
        ahead++;
        if (!read_decimal(ecma, &ahead, &max))
            max = min;
    }
    if (mcp_schema_ecma_peek(ecma, ahead) != '}')
        return MCP_OK;
    if (min > max)
        return mcp_schema_ecma_fail(ecma, ecma->at, "a repetition whose bounds are reversed");
    if (max > MAX_REPEAT)
        return mcp_err_at(
            ecma->err,
            MCP_FAIL(ecma->err, MCP_E_LIMIT, "a repetition of more than %d", (int)MAX_REPEAT),
            "byte %zu", ecma->at);
    ecma->cost.max_repeat = min > ecma->cost.max_repeat ? min : ecma->cost.max_repeat;
    *out_bytes = ahead + 1;
    return MCP_OK;
}

/* `bytes` of quantifier at hand, then an optional "?"; the result cannot be repeated again. */
static enum mcp_code copy_quantifier(struct mcp_schema_ecma *ecma, size_t bytes, bool *has_atom) {
    if (!*has_atom)
        return mcp_schema_ecma_fail(ecma, ecma->at, "nothing to repeat");
    mcp_buf_add(ecma->out, (struct mcp_str){ecma->in.ptr + ecma->at, bytes});
    ecma->at += bytes;
    if (mcp_schema_ecma_peek(ecma, 0) == '?') {
        mcp_buf_addc(ecma->out, '?');
        ecma->at++;
    }
    *has_atom = false;
    return MCP_OK;
}

static enum mcp_code copy_brace(struct mcp_schema_ecma *ecma, bool *has_atom) {
    size_t bytes = 0;
    MCP_TRY(read_braces(ecma, &bytes));
    if (bytes > 0)
        return copy_quantifier(ecma, bytes, has_atom);
    mcp_schema_ecma_add_point(ecma->out, '{');
    ecma->at++;
    *has_atom = true;
    return MCP_OK;
}

static enum mcp_code copy_escape(struct mcp_schema_ecma *ecma, bool *has_atom) {
    struct mcp_schema_ecma_atom atom = {MCP_ECMA_POINT, 0};
    ecma->at++;
    MCP_TRY(mcp_schema_ecma_escape(ecma, false, ecma->out, &atom));
    if (atom.kind == MCP_ECMA_POINT)
        add_literal(ecma->out, atom.point);
    ecma->cost.has_reference = ecma->cost.has_reference || atom.kind == MCP_ECMA_REFERENCE;
    *has_atom = atom.kind != MCP_ECMA_BOUNDARY;
    return MCP_OK;
}

static enum mcp_code copy_parenthesis(struct mcp_schema_ecma *ecma, size_t *depth, bool *has_atom) {
    if (mcp_schema_ecma_peek(ecma, 0) == '(') {
        ecma->at++;
        (*depth)++;
        *has_atom = false;
        return open_group(ecma);
    }
    if (*depth == 0)
        return mcp_schema_ecma_fail(ecma, ecma->at, "\")\" without \"(\"");
    (*depth)--;
    *has_atom = true;
    mcp_buf_addc(ecma->out, ')');
    ecma->at++;
    return MCP_OK;
}

/* A character that is neither a group, a quantifier, a class nor an escape. */
static void copy_plain(struct mcp_schema_ecma *ecma, bool *has_atom) {
    int byte = mcp_schema_ecma_peek(ecma, 0);
    bool is_assertion = byte == '^' || byte == '$' || byte == '|';
    *has_atom = !is_assertion;
    if (is_assertion)
        mcp_buf_addc(ecma->out, (char)byte);
    else if (byte == '.')
        mcp_buf_add(ecma->out, MCP_STR("[^\\n\\r\\x{2028}\\x{2029}]"));
    else {
        add_literal(ecma->out, mcp_utf8_next(ecma->in, &ecma->at));
        return;
    }
    ecma->at++;
}

static enum mcp_code copy_next(struct mcp_schema_ecma *ecma, size_t *depth, bool *has_atom) {
    switch (mcp_schema_ecma_peek(ecma, 0)) {
    case '\\':
        return copy_escape(ecma, has_atom);
    case '[':
        ecma->at++;
        *has_atom = true;
        return mcp_schema_ecma_class(ecma);
    case '(':
    case ')':
        return copy_parenthesis(ecma, depth, has_atom);
    case '*':
    case '+':
    case '?':
        return copy_quantifier(ecma, 1, has_atom);
    case '{':
        return copy_brace(ecma, has_atom);
    default:
        copy_plain(ecma, has_atom);
        return MCP_OK;
    }
}

enum mcp_code mcp_schema_ecma_translate(struct mcp_str pattern, struct mcp_buf *out,
                                        struct mcp_schema_ecma_cost *out_cost,
                                        struct mcp_err *err) {
    struct mcp_schema_ecma ecma = {.in = pattern, .out = out, .err = err};
    MCP_TRY(mcp_schema_ecma_scan(&ecma));
    size_t depth = 0;
    bool has_atom = false;
    while (ecma.at < pattern.len)
        MCP_TRY(copy_next(&ecma, &depth, &has_atom));
    if (depth > 0)
        return mcp_schema_ecma_fail(&ecma, pattern.len, "\"(\" without \")\"");
    MCP_TRY(mcp_buf_finish(out, err));
    *out_cost = ecma.cost;
    return MCP_OK;
}
