/* SPDX-License-Identifier: MIT */
/* index.h - from what people call a product to the product. Layer: product_metadata. */
#ifndef PRODUCT_INDEX_H
#define PRODUCT_INDEX_H

#include "product_metadata/model.h"

/* What of a product the term is, strongest first. */
enum product_term_kind {
    PRODUCT_TERM_KEY,            /* its name in the file */
    PRODUCT_TERM_CANONICAL_ID,   /* "PROD_123" */
    PRODUCT_TERM_CANONICAL_NAME, /* "Magic Wand Pro" */
    PRODUCT_TERM_ALIAS           /* "magic_wand" */
};

struct product_term {
    struct mcp_str text; /* folded, see fold.h */
    const struct product_item *item;
    enum product_term_kind kind;
    size_t position; /* of an alias in its product's list; 0 for others */
};

/* Terms ordered by text, then kind, then place in the file. Borrows the model. Immutable. */
struct product_index;

/* errors: NOMEM. */
enum mcp_code product_index_new(const struct product_model *model, struct product_index **out_index,
                                struct mcp_err *err) MCP_CHECK;
void product_index_free(struct product_index *index);
void product_index_freep(struct product_index **index);

/* All terms, for those who look for neighbours. */
const struct product_term *product_index_terms(const struct product_index *index,
                                               size_t *out_count);

/*
 * The terms equal to `text` once both are folded (fold.h), next to one another; NULL when there are
 * none. More than one product among them: the text is ambiguous.
 *
 *   errors  NOMEM; SYNTAX a text that is not UTF-8
 *   cost    O(length + log terms)
 */
enum mcp_code product_index_find(const struct product_index *index, struct mcp_str text,
                                 const struct product_term **out_first, size_t *out_count,
                                 struct mcp_err *err) MCP_CHECK;

const char *product_term_kind_name(enum product_term_kind kind); /* "canonical_name" */

#endif
