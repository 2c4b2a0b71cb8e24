/* SPDX-License-Identifier: MIT */
/* resolve.h - which product or mapping somebody means by a term. Layer: product_metadata. */
#ifndef PRODUCT_RESOLVE_H
#define PRODUCT_RESOLVE_H

#include "product_metadata/term_index.h"

enum {
    PRODUCT_TERM_MAX_BYTES = 256,         /* of a term that is asked for */
    PRODUCT_RESOLVE_MAX_LIMIT = 50,       /* matches of one term; at least 1 */
    PRODUCT_RESOLVE_MAX_SCORE = 1000,     /* thousandths */
    PRODUCT_RESOLVE_MAX_STEPS = 50000,    /* of each of the three walks through the index */
    PRODUCT_RESOLVE_AMBIGUOUS_WITHIN = 50 /* thousandths between the best and the next */
};

/* How the term and the name agree, both folded (fold.h); the stronger first. */
enum product_match_kind {
    PRODUCT_MATCH_EXACT,     /* equal: a product's key or a mapping's term. Score 1000 */
    PRODUCT_MATCH_ALIAS,     /* equal: an alias. 980 */
    PRODUCT_MATCH_CANONICAL, /* equal: a canonical id or name. 960 */
    PRODUCT_MATCH_PREFIX,    /* the name goes on: 500 and up to 400 by how much of it is there */
    PRODUCT_MATCH_FUZZY      /* misspelt: 900 less the part of it that is wrong */
};

struct product_match {
    enum product_match_kind kind;
    unsigned score;           /* thousandths */
    struct product_name name; /* the best of its owner's that match */
};

struct product_resolution {
    struct product_match matches[PRODUCT_RESOLVE_MAX_LIMIT];
    size_t count;
    bool is_ambiguous; /* the next best is within PRODUCT_RESOLVE_AMBIGUOUS_WITHIN of the best */
    bool is_truncated; /* there are more than `limit`, or too many to look at all of them */
};

struct product_question {
    struct mcp_str term;
    size_t limit;
    unsigned min_score; /* thousandths */
};

/*
 * Rank what the term can mean, each product and mapping once, by its best name: higher score first,
 * then stronger kind, then product before mapping, then the order of the file.
 *
 * Lengths are in code points, folded. A misspelt name is looked for only when none is equal: of 3
 * to 5 code points with 1 edit, of more with 2 (term_index.h says what an edit is). Thousandths are
 * rounded down.
 *
 *   errors  INVALID  a limit outside 1 to PRODUCT_RESOLVE_MAX_LIMIT, a min_score above
 *                    PRODUCT_RESOLVE_MAX_SCORE
 *           LIMIT    a term of more than PRODUCT_TERM_MAX_BYTES
 *           SYNTAX   a term that is not UTF-8
 *           NOMEM
 *   cost    O(PRODUCT_RESOLVE_MAX_STEPS * limit) at the worst, whatever is in the index
 *   thread  any
 */
enum mcp_code product_resolve(const struct product_term_index *index,
                              const struct product_question *question,
                              struct product_resolution *out_resolution,
                              struct mcp_err *err) MCP_CHECK;

/*
 * The one product that `key` names: the one with that very key, else the only one whose key is
 * equal once folded, else the only one with such an alias, canonical id or name.
 *
 *   out     *out_item  of the model
 *   errors  NOT_FOUND  no product has that name
 *           INVALID    several have
 *           LIMIT, SYNTAX, NOMEM as above
 */
enum mcp_code product_lookup(const struct product_model *model,
                             const struct product_term_index *index, struct mcp_str key,
                             const struct product_item **out_item, struct mcp_err *err) MCP_CHECK;

const char *product_match_kind_name(enum product_match_kind kind); /* "canonical" */

#endif
