/* SPDX-License-Identifier: MIT */
/* schema_pattern.h - ECMA-262 patterns through PCRE2, every match bounded. Layer: json.
 * Includes: buf. */
#ifndef MCP_SCHEMA_PATTERN_H
#define MCP_SCHEMA_PATTERN_H

#include "mcp/buf.h"

enum {
    MCP_SCHEMA_PATTERN_MAX_BYTES = 4096, /* of one pattern as written */
    MCP_SCHEMA_PATTERN_HEAP_KIB = 8192   /* memory of one match */
};

/* What every match of a schema shares; immutable once made. */
struct mcp_schema_matcher;

enum mcp_code mcp_schema_matcher_new(struct mcp_schema_matcher **out_matcher,
                                     struct mcp_err *err) MCP_CHECK;
void mcp_schema_matcher_free(struct mcp_schema_matcher *matcher);

struct mcp_schema_pattern; /* immutable */

/*
 *   out     *out_bytes  memory of the compiled pattern, for the caller's total
 *   errors  SYNTAX      not a regular expression of ECMA-262, or a lookbehind of unbounded length
 *           LIMIT       longer than 4096 bytes, or too large once compiled
 */
enum mcp_code mcp_schema_pattern_compile(const struct mcp_schema_matcher *matcher,
                                         struct mcp_str text,
                                         struct mcp_schema_pattern **out_pattern, size_t *out_bytes,
                                         struct mcp_err *err) MCP_CHECK;
void mcp_schema_pattern_free(struct mcp_schema_pattern *pattern);

/* Whether `text` is a pattern; compiled with a throw-away matcher. errors: NOMEM. */
enum mcp_code mcp_schema_pattern_check(struct mcp_str text, bool *out_valid,
                                       struct mcp_err *err) MCP_CHECK;

/* Working memory of one validation; zeroed storage is ready. */
struct mcp_schema_match {
    void *data;
    void *context;
};

void mcp_schema_match_deinit(struct mcp_schema_match *match);

/*
 * Search `text`. Everything the search does is paid for in *steps: one for each item of the pattern
 * tried at a place, and one for each 64 bytes passed between two of them. Where a cost cannot be
 * seen (a failed back reference, a failed count of repetitions), each item costs what it may be.
 *
 *   errors  LIMIT  *steps used up (it is 0 then), or the memory of a match
 *           NOMEM
 */
enum mcp_code mcp_schema_pattern_search(const struct mcp_schema_matcher *matcher,
                                        const struct mcp_schema_pattern *pattern,
                                        struct mcp_schema_match *match, struct mcp_str text,
                                        size_t *steps, bool *out_found) MCP_CHECK;

#endif
