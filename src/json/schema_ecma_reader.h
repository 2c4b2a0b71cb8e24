/* SPDX-License-Identifier: MIT */
/* schema_ecma_reader.h - what the pieces of the ECMA-262 translation share. Layer: json.
 * Includes: schema_ecma. */
#ifndef MCP_SCHEMA_ECMA_READER_H
#define MCP_SCHEMA_ECMA_READER_H

#include <stdint.h>

#include "json/schema_ecma.h"

struct mcp_schema_ecma_name {
    struct mcp_str text;
    unsigned group;
};

struct mcp_schema_ecma {
    struct mcp_str in;
    size_t at; /* next byte of `in` */
    struct mcp_buf *out;
    struct mcp_err *err;
    unsigned group_count; /* in the whole pattern: references may point forward */
    struct mcp_schema_ecma_cost cost;
    size_t name_count;
    struct mcp_schema_ecma_name names[MCP_SCHEMA_ECMA_MAX_NAMES];
};

/* What one escape or one class member stands for. */
enum mcp_schema_ecma_kind {
    MCP_ECMA_POINT,    /* one code point */
    MCP_ECMA_SET,      /* a set, already written to `text` in the form a class accepts */
    MCP_ECMA_BOUNDARY, /* \b or \B, written */
    MCP_ECMA_REFERENCE /* a back reference, written */
};

struct mcp_schema_ecma_atom {
    enum mcp_schema_ecma_kind kind;
    uint32_t point; /* POINT; may be a lone surrogate, which no text contains */
};

/* Record a syntax error at byte `at`. */
enum mcp_code mcp_schema_ecma_fail(struct mcp_schema_ecma *ecma, size_t at, const char *what);

/* Next byte without taking it, or -1 at the end; `ahead` bytes further on. */
int mcp_schema_ecma_peek(const struct mcp_schema_ecma *ecma, size_t ahead);

/* Append one code point so that PCRE2 reads it as a literal anywhere. */
void mcp_schema_ecma_add_point(struct mcp_buf *out, uint32_t point);

/* Read the escape after a backslash already taken; sets, boundaries and references go to `out`. */
enum mcp_code mcp_schema_ecma_escape(struct mcp_schema_ecma *ecma, bool in_class,
                                     struct mcp_buf *out, struct mcp_schema_ecma_atom *out_atom);

/* Read \p{...} or \P{...}; the letter is `negated ? 'P' : 'p'`, already taken. */
enum mcp_code mcp_schema_ecma_property(struct mcp_schema_ecma *ecma, bool negated,
                                       struct mcp_buf *out);

/* Read a class whose '[' is already taken. */
enum mcp_code mcp_schema_ecma_class(struct mcp_schema_ecma *ecma);

/* Count groups and collect their names before translating. */
enum mcp_code mcp_schema_ecma_scan(struct mcp_schema_ecma *ecma);

#endif
