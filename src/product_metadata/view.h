/* SPDX-License-Identifier: MIT */
/* view.h - parts of the metadata, each under a URI of its own. Layer: product_metadata. Includes:
 * json. */
#ifndef PRODUCT_VIEW_H
#define PRODUCT_VIEW_H

#include "product_metadata/snapshot.h"

enum {
    PRODUCT_VIEW_MAX_PRODUCTS = 1000, /* in one body; the rest is counted */
    PRODUCT_VIEW_MAX_PROPOSALS = 100
};

enum product_view {
    PRODUCT_VIEW_PRODUCT,  /* products by key or canonical_id */
    PRODUCT_VIEW_CATEGORY, /* products of a category */
    PRODUCT_VIEW_DIALECT,  /* mappings in a dialect */
    PRODUCT_VIEW_COUNT
};

/* As clients see it. Static storage. */
struct product_view_info {
    const char *uri_template;
    const char *variable; /* the template's one */
    const char *name;
    const char *description;
    const char *mime_type;
};
const struct product_view_info *product_view_info(enum product_view view);

/*
 * Append the body of the view for one value of its variable:
 *
 *   product, category  {"product" or "category": value, "total_products": N, "truncated": bool,
 *                      "aliases": {key: product, ...}}, the products as in product-aliases://list,
 *                      the first PRODUCT_VIEW_MAX_PRODUCTS of them
 *   dialect            see product_dialect_write
 *
 *   errors  NOT_FOUND  nothing has that name (byte for byte; a dialect in any case); err->what
 *                      names the nearest that there is, or all dialects
 *           NOMEM, LIMIT  of `out`
 */
enum mcp_code product_view_write(const struct product_snapshot *snapshot, enum product_view view,
                                 struct mcp_str value, struct mcp_buf *out,
                                 struct mcp_err *err) MCP_CHECK;

/*
 * Add to the array `values` the first PRODUCT_VIEW_MAX_PROPOSALS of the variable's values that
 * begin with `prefix`, A-Z taken for a-z, in that order.
 *
 *   out     *out_total  how many begin with it
 *   errors  NOMEM
 */
enum mcp_code product_view_complete(const struct product_snapshot *snapshot, enum product_view view,
                                    struct mcp_str prefix, json_t *values, size_t *out_total,
                                    struct mcp_err *err) MCP_CHECK;

#endif
