/* SPDX-License-Identifier: MIT */
/* model.h - product metadata as values: products, aliases, mappings. Layer: product_metadata. */
#ifndef PRODUCT_MODEL_H
#define PRODUCT_MODEL_H

#include <stdint.h>

#include "mcp/json.h"
#include "product_metadata/arena.h"

/* A column of the database and what it holds for this product. */
struct product_reference {
    struct mcp_str column; /* "products.product_id" */
    struct mcp_str value;  /* JSON text of any value */
};

struct product_item {
    struct mcp_str key; /* its name in product_aliases; unique */
    struct mcp_str canonical_id;
    struct mcp_str canonical_name;
    const struct mcp_str *aliases;
    size_t alias_count;
    const struct product_reference *references;
    size_t reference_count;
    const struct mcp_str *categories;
    size_t category_count;
};

struct product_mapping {
    struct mcp_str term; /* what people say; unique */
    struct mcp_str sql;  /* the column or expression it means */
};

/* A mapping as one dialect writes it. */
struct product_override {
    struct mcp_str term;
    struct mcp_str sql;
    bool is_addition; /* no mapping of the model has the term */
};

struct product_dialect {
    struct mcp_str name; /* "sqlite"; see product_dialect_is_name */
    const struct product_override *overrides;
    const struct product_override *const
        *by_term; /* the same, in the order of their terms' bytes */
    size_t override_count;
};

/* Immutable after it was built; in the order of the file. Texts are UTF-8 without NUL inside. */
struct product_model {
    int64_t last_updated_ms;     /* wall time */
    struct mcp_str version;      /* empty: none is given */
    struct mcp_str content_hash; /* "sha256:..." of the text it came from; empty: from values */
    const struct product_item *items;
    size_t item_count;
    const struct product_mapping *mappings;
    size_t mapping_count;
    const struct product_dialect *dialects;
    size_t dialect_count;
    struct product_arena arena;     /* holds all of the above */
    struct product_item *item_room; /* while it is built: where the lists grow */
    struct product_mapping *mapping_room;
    size_t most_items;
    size_t most_mappings;
};

/*
 * Build the model. Members that are not part of it are ignored; absent ones have defaults:
 * last_updated `now_wall_ms`, the rest empty. A last_updated without offset is UTC.
 *
 *   out     *out_model  keeps nothing of `root`
 *   errors  SCHEMA  not the shape; err->where is the JSON pointer of the value
 *           NOMEM
 */
enum mcp_code product_model_build(const json_t *root, int64_t now_wall_ms,
                                  struct product_model **out_model, struct mcp_err *err) MCP_CHECK;

/*
 * The same in pieces, for a text too long to be one tree: new, then the lists by as many objects as
 * there are (together not more members than announced), then the rest of the root. A model is
 * complete when nothing is added any more; errors as above, NOMEM alone from new.
 */
enum mcp_code product_model_new(size_t most_items, size_t most_mappings,
                                struct product_model **out_model, struct mcp_err *err) MCP_CHECK;
enum mcp_code product_model_add_items(struct product_model *model, json_t *products,
                                      struct mcp_err *err) MCP_CHECK;
enum mcp_code product_model_add_mappings(struct product_model *model, json_t *mappings,
                                         struct mcp_err *err) MCP_CHECK;
enum mcp_code product_model_add_rest(struct product_model *model, const json_t *root,
                                     int64_t now_wall_ms, struct mcp_err *err) MCP_CHECK;
void product_model_free(struct product_model *model);
void product_model_freep(struct product_model **model);

#endif
