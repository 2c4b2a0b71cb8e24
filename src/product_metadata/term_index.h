/* SPDX-License-Identifier: MIT */
/* term_index.h - every name in the metadata, to be found whole, begun or misspelt.
 * Layer: product_metadata. */
#ifndef PRODUCT_TERM_INDEX_H
#define PRODUCT_TERM_INDEX_H

#include "product_metadata/model.h"

enum {
    PRODUCT_FUZZY_MAX_DISTANCE = 2, /* edits of a misspelt name */
    PRODUCT_FUZZY_MAX_POINTS = 256, /* code points of a text that is looked for misspelt */
    PRODUCT_PREFIX_MAX_REST = 64    /* code points that a name may have after its beginning */
};

/* Whose name, and what it is there; the stronger first. */
enum product_role {
    PRODUCT_ROLE_KEY,     /* of the product `owner` in the file */
    PRODUCT_ROLE_MAPPING, /* the term of the mapping `owner` */
    PRODUCT_ROLE_ALIAS,
    PRODUCT_ROLE_CANONICAL_ID,
    PRODUCT_ROLE_CANONICAL_NAME
};

struct product_name {
    uint32_t owner;         /* place of the product or mapping in the model */
    uint32_t role : 3;      /* enum product_role */
    uint32_t position : 29; /* of an alias in its product's list; else 0 */
};

/* The name as the file has it. */
struct mcp_str product_name_text(const struct product_model *model, struct product_name name);

/* A name that was met. */
struct product_hit {
    struct product_name name;
    uint32_t points;   /* code points of the name, folded */
    uint32_t distance; /* edits between it and the text that was looked for */
};

/* One look into the index: `on_hit` is told every name it meets. */
struct product_walk {
    void (*on_hit)(const struct product_hit *hit, void *user);
    void *user;
    size_t max_steps; /* nodes and names looked at; what is beyond is not met */
    size_t step_count;
    bool is_cut; /* max_steps ended it */
};

/*
 * Folded names as a tree of their common beginnings, in one array, each node before its children.
 * Immutable; knows the model by position only. About 25 bytes a name and half the names' text.
 */
struct product_term_index;

/*
 *   errors  NOMEM
 *           LIMIT  more than 2^31 names or 2 GiB of them
 *   cost    O(names log names), and meanwhile 16 bytes a name and the names' text
 */
enum mcp_code product_term_index_new(const struct product_model *model,
                                     struct product_term_index **out_index,
                                     struct mcp_err *err) MCP_CHECK;
void product_term_index_free(struct product_term_index *index);
void product_term_index_freep(struct product_term_index **index);

size_t product_term_index_bytes(const struct product_term_index *index); /* memory it holds */

/* `text` is folded (fold.h); an empty one meets nothing. Names are met in the order of their bytes,
 * those of equal bytes in the order of struct product_name's role, owner, position. */

/* Names equal to the text. */
void product_term_index_equal(const struct product_term_index *index, struct mcp_str text,
                              struct product_walk *walk);

/* Names that begin with the text and go on for `min_rest` to `max_rest` code points, at most
 * PRODUCT_PREFIX_MAX_REST. Distance is that rest. */
void product_term_index_prefix(const struct product_term_index *index, struct mcp_str text,
                               uint32_t min_rest, uint32_t max_rest, struct product_walk *walk);

/*
 * Names that 1 to `max_distance` edits (at most PRODUCT_FUZZY_MAX_DISTANCE) make of the text: a
 * character more, less or another, or two neighbours swapped, none of them touched again. A digit
 * is never added, lost or taken for another digit: model 14 is not a misspelt model 15. Nothing for
 * a text longer than PRODUCT_FUZZY_MAX_POINTS.
 */
void product_term_index_fuzzy(const struct product_term_index *index, struct mcp_str text,
                              uint32_t max_distance, struct product_walk *walk);

#endif
