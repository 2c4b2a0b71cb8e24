/* SPDX-License-Identifier: MIT */
/* directory.h - by which names the parts of a model are asked for. Layer: product_metadata.
 * Includes: base. */
#ifndef PRODUCT_DIRECTORY_H
#define PRODUCT_DIRECTORY_H

#include "product_metadata/model.h"
#include "product_metadata/shelf.h"

/* Borrows the model's texts. */
struct product_directory {
    struct product_shelf products;   /* keys and canonical ids: items */
    struct product_shelf categories; /* items */
    struct product_shelf dialects;   /* each its place among the dialects */
};

/* out: untouched on failure. errors: NOMEM. */
enum mcp_code product_directory_init(const struct product_model *model,
                                     struct product_directory *out_directory,
                                     struct mcp_err *err) MCP_CHECK;
void product_directory_deinit(struct product_directory *directory); /* safe on a zeroed struct */

#endif
