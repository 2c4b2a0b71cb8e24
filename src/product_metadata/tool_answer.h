/* SPDX-License-Identifier: MIT */
/* tool_answer.h - what the tools answer, as JSON. Layer: product_metadata. Includes: json. */
#ifndef PRODUCT_TOOL_ANSWER_H
#define PRODUCT_TOOL_ANSWER_H

#include "product_metadata/resolve.h"

enum {
    PRODUCT_RESOLVE_MAX_TERMS = 32, /* in one call; at least 1 */
    PRODUCT_RESOLVE_DEFAULT_LIMIT = 5,
    PRODUCT_RESOLVE_DEFAULT_SCORE = 600, /* thousandths */
    PRODUCT_ANSWER_MAX_BYTES = 8388608
};

/* What is asked: a model and the index of its names. */
struct product_names {
    const struct product_model *model;
    const struct product_term_index *index;
};

/*
 * Append the answer to resolve_terms, as schemas/tools/resolve_terms.output.json has it, for the
 * arguments of its .input.json; those are checked here, too.
 *
 *   errors  SCHEMA   an argument of another type, a limit outside 1 to PRODUCT_RESOLVE_MAX_LIMIT
 *           INVALID  a min_score outside 0 to 1, no terms
 *           LIMIT    more than PRODUCT_RESOLVE_MAX_TERMS, a term of more than
 *                    PRODUCT_TERM_MAX_BYTES, an answer larger than `out` may become
 *           SYNTAX, NOMEM
 */
enum mcp_code product_answer_resolve(const struct product_names *names, const json_t *arguments,
                                     struct mcp_buf *out, struct mcp_err *err) MCP_CHECK;

/* The same for lookup_product. errors: those of product_lookup; SCHEMA, LIMIT, NOMEM as above. */
enum mcp_code product_answer_lookup(const struct product_names *names, const json_t *arguments,
                                    struct mcp_buf *out, struct mcp_err *err) MCP_CHECK;

#endif
