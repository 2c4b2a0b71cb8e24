/* SPDX-License-Identifier: MIT */
/* schema_ecma.h - ECMA-262 regular expressions rewritten for PCRE2. Layer: json. Includes: buf. */
#ifndef MCP_SCHEMA_ECMA_H
#define MCP_SCHEMA_ECMA_H

#include "mcp/buf.h"

enum {
    MCP_SCHEMA_ECMA_MAX_GROUPS = 400, /* capturing groups in one pattern */
    MCP_SCHEMA_ECMA_MAX_NAMES = 64    /* named ones among them */
};

/* What the cost of a search depends on, beside what is tried. */
struct mcp_schema_ecma_cost {
    unsigned max_repeat; /* the greatest least count of a repetition, {n} or {n,m} */
    bool has_reference;  /* a back reference */
};

/*
 * Append `pattern`, read with Unicode semantics (the `u` flag), as PCRE2 text of the same meaning
 * under UTF, DOLLAR_ENDONLY and MATCH_UNSET_BACKREF. Every byte that PCRE2 could read in another
 * way is written as a code point, so nothing of its own syntax can be reached.
 *
 * More lenient than the `u` flag where common schemas need it: an escaped ASCII punctuation mark is
 * itself, a lone `{`, `}` or `]` is itself, and `-` beside a class escape ([\w-.]) is itself.
 *
 *   errors  SYNTAX  not a regular expression; err->where "byte 3"
 *           LIMIT   more groups or names than above; from `out`
 *   cost    O(length), one buffer for a class
 *   spec    ECMA-262 section 22.2.1
 */
enum mcp_code mcp_schema_ecma_translate(struct mcp_str pattern, struct mcp_buf *out,
                                        struct mcp_schema_ecma_cost *out_cost,
                                        struct mcp_err *err) MCP_CHECK;

#endif
