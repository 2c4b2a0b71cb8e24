/* SPDX-License-Identifier: MIT */
/* shelf.h - names in order, whatever their case, and the products each stands for. Layer:
 * product_metadata. Includes: base. */
#ifndef PRODUCT_SHELF_H
#define PRODUCT_SHELF_H

#include <stdint.h>

#include "mcp/buf.h"

enum {
    PRODUCT_SHELF_MAX_NAME = 2048,  /* bytes; a longer name is left out, and so is an empty one */
    PRODUCT_SHELF_MAX_LOOKED = 4096 /* names compared to find a near one */
};

/* A product goes by a name. */
struct product_label {
    struct mcp_str name; /* borrowed for as long as the shelf lives */
    uint32_t item;       /* the product's place in the model */
};

/* One name; its products in the order of the model, each once. */
struct product_shelf_name {
    struct mcp_str name;
    const uint32_t *items;
    uint32_t item_count;
};

/* Names ordered with A-Z taken for a-z, then by their bytes. Immutable. */
struct product_shelf {
    struct product_shelf_name *names;
    size_t name_count;
    uint32_t *items; /* of all names */
};

/*
 * Put up `labels`, which are left sorted.
 *
 *   out     *out_shelf  untouched on failure
 *   errors  NOMEM
 *   cost    O(labels log labels); 28 bytes a name and 4 a label stay
 */
enum mcp_code product_shelf_init(struct product_label *labels, size_t count,
                                 struct product_shelf *out_shelf, struct mcp_err *err) MCP_CHECK;
void product_shelf_deinit(struct product_shelf *shelf); /* safe on a zeroed struct */

/* The name with exactly these bytes, or NULL. */
const struct product_shelf_name *product_shelf_find(const struct product_shelf *shelf,
                                                    struct mcp_str name);

/* The names that begin with `prefix`, A-Z taken for a-z, stand side by side: how many they are;
 * *out_first is the first of them. */
size_t product_shelf_begin_with(const struct product_shelf *shelf, struct mcp_str prefix,
                                const struct product_shelf_name **out_first);

/*
 * What was meant by a name that is not there: the first that begins with it, else the one with the
 * fewest slips among the PRODUCT_SHELF_MAX_LOOKED around its place; NULL when nothing is near.
 */
const struct product_shelf_name *product_shelf_near(const struct product_shelf *shelf,
                                                    struct mcp_str name);

#endif
