/* SPDX-License-Identifier: MIT */
/* schema_ecma_class.c - classes and the group scan of schema_ecma_reader.h. Pure. */
#include <ctype.h>

#include "json/schema_ecma_reader.h"
#include "mcp/utf8.h"

enum { CLASS_MAX_BYTES = 65536, SURROGATE_FIRST = 0xd800, SURROGATE_LAST = 0xdfff };

static bool is_surrogate(uint32_t point) {
    return point >= SURROGATE_FIRST && point <= SURROGATE_LAST;
}

/* The range without its surrogate ends, which PCRE2 refuses and no text contains. */
static void add_range(struct mcp_buf *out, uint32_t first, uint32_t last) {
    if (is_surrogate(first))
        first = SURROGATE_LAST + 1;
    if (is_surrogate(last))
        last = SURROGATE_FIRST - 1;
    if (first > last)
        return;
    mcp_buf_addf(out, "\\x{%x}", (unsigned)first);
    if (first < last)
        mcp_buf_addf(out, "-\\x{%x}", (unsigned)last);
}

static enum mcp_code read_member(struct mcp_schema_ecma *ecma, struct mcp_buf *members,
                                 struct mcp_schema_ecma_atom *out_atom) {
    if (mcp_schema_ecma_peek(ecma, 0) != '\\') {
        *out_atom =
            (struct mcp_schema_ecma_atom){MCP_ECMA_POINT, mcp_utf8_next(ecma->in, &ecma->at)};
        return MCP_OK;
    }
    ecma->at++;
    return mcp_schema_ecma_escape(ecma, true, members, out_atom);
}

static void add_atom(struct mcp_buf *members, const struct mcp_schema_ecma_atom *atom) {
    if (atom->kind == MCP_ECMA_POINT)
        add_range(members, atom->point, atom->point);
}

/* After `first` and a "-": a range, or three members when one of the ends is a set. */
static enum mcp_code read_range(struct mcp_schema_ecma *ecma, struct mcp_buf *members,
                                const struct mcp_schema_ecma_atom *first) {
    struct mcp_schema_ecma_atom last = {MCP_ECMA_POINT, 0};
    size_t start = ecma->at;
    MCP_TRY(read_member(ecma, members, &last));
    if (first->kind == MCP_ECMA_POINT && last.kind == MCP_ECMA_POINT) {
        if (first->point > last.point)
            return mcp_schema_ecma_fail(ecma, start, "a range whose ends are reversed");
        add_range(members, first->point, last.point);
        return MCP_OK;
    }
    add_range(members, '-', '-');
    add_atom(members, first);
    add_atom(members, &last);
    return MCP_OK;
}

/* One member, or a range when "-" and another member follow. */
static enum mcp_code read_members(struct mcp_schema_ecma *ecma, struct mcp_buf *members) {
    struct mcp_schema_ecma_atom first = {MCP_ECMA_POINT, 0};
    MCP_TRY(read_member(ecma, members, &first));
    int after = mcp_schema_ecma_peek(ecma, 1);
    if (mcp_schema_ecma_peek(ecma, 0) == '-' && after >= 0 && after != ']') {
        ecma->at++;
        return read_range(ecma, members, &first);
    }
    add_atom(members, &first);
    return MCP_OK;
}

static void write_class(struct mcp_buf *out, bool is_negated, struct mcp_str members) {
    if (members.len == 0) {
        mcp_buf_add(out, is_negated ? MCP_STR("[\\x{0}-\\x{10ffff}]") : MCP_STR("(?!)"));
        return;
    }
    mcp_buf_add(out, is_negated ? MCP_STR("[^") : MCP_STR("["));
    mcp_buf_add(out, members);
    mcp_buf_addc(out, ']');
}

enum mcp_code mcp_schema_ecma_class(struct mcp_schema_ecma *ecma) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf members = MCP_BUF_INIT(CLASS_MAX_BYTES);
    size_t start = ecma->at - 1;
    bool is_negated = mcp_schema_ecma_peek(ecma, 0) == '^';
    if (is_negated)
        ecma->at++;
    while (mcp_schema_ecma_peek(ecma, 0) != ']') {
        if (ecma->at >= ecma->in.len)
            return mcp_schema_ecma_fail(ecma, start, "\"[\" without \"]\"");
        MCP_TRY(read_members(ecma, &members));
    }
    ecma->at++;
    MCP_TRY(mcp_buf_finish(&members, ecma->err));
    write_class(ecma->out, is_negated, mcp_buf_view(&members));
    return MCP_OK;
}

/* To the "]"; a backslash hides the byte after it. */
static void skip_class(struct mcp_schema_ecma *ecma) {
    while (ecma->at < ecma->in.len && ecma->in.ptr[ecma->at] != ']')
        ecma->at += ecma->in.ptr[ecma->at] == '\\' ? 2 : 1;
}

/* A name of ECMA-262, as far as ASCII decides it. */
static bool is_name(struct mcp_str name) {
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.ptr[i];
        bool is_digit = isdigit(byte) != 0;
        if (byte < 0x80 && isalnum(byte) == 0 && byte != '_' && byte != '$')
            return false;
        if (i == 0 && is_digit)
            return false;
    }
    return name.len > 0;
}

/* At the "?" of "(?<name>"; goes on after the name, which may look like anything. */
static enum mcp_code add_name(struct mcp_schema_ecma *ecma) {
    size_t start = ecma->at + 2;
    size_t end = start;
    while (end < ecma->in.len && ecma->in.ptr[end] != '>')
        end++;
    struct mcp_str name = {ecma->in.ptr + start, end > start ? end - start : 0};
    if (end >= ecma->in.len || !is_name(name))
        return mcp_schema_ecma_fail(ecma, ecma->at, "a group without a proper <name>");
    if (ecma->name_count == MCP_SCHEMA_ECMA_MAX_NAMES)
        return MCP_FAIL(ecma->err, MCP_E_LIMIT, "more than %d group names",
                        (int)MCP_SCHEMA_ECMA_MAX_NAMES);
    for (size_t i = 0; i < ecma->name_count; i++)
        if (mcp_str_equal(name, ecma->names[i].text))
            return mcp_schema_ecma_fail(ecma, start, "a group name used twice");
    ecma->names[ecma->name_count++] = (struct mcp_schema_ecma_name){name, ecma->group_count};
    ecma->at = end + 1;
    return MCP_OK;
}

/* At the byte after "(". */
static enum mcp_code count_group(struct mcp_schema_ecma *ecma) {
    bool is_plain = mcp_schema_ecma_peek(ecma, 0) != '?';
    int third = mcp_schema_ecma_peek(ecma, 2);
    bool is_named =
        !is_plain && mcp_schema_ecma_peek(ecma, 1) == '<' && third != '=' && third != '!';
    if (!is_plain && !is_named)
        return MCP_OK;
    if (ecma->group_count == MCP_SCHEMA_ECMA_MAX_GROUPS)
        return MCP_FAIL(ecma->err, MCP_E_LIMIT, "more than %d groups",
                        (int)MCP_SCHEMA_ECMA_MAX_GROUPS);
    ecma->group_count++;
    return is_named ? add_name(ecma) : MCP_OK;
}

enum mcp_code mcp_schema_ecma_scan(struct mcp_schema_ecma *ecma) {
    while (ecma->at < ecma->in.len) {
        char byte = ecma->in.ptr[ecma->at++];
        if (byte == '\\')
            ecma->at++;
        else if (byte == '[')
            skip_class(ecma);
        else if (byte == '(')
            MCP_TRY(count_group(ecma));
    }
    ecma->at = 0;
    return MCP_OK;
}
