/* SPDX-License-Identifier: MIT */
/* dialect.h - the mappings as one database engine writes them. Layer: product_metadata. Includes:
 * json. */
#ifndef PRODUCT_DIALECT_H
#define PRODUCT_DIALECT_H

#include "product_metadata/model.h"

enum { PRODUCT_MAX_DIALECTS = 64, PRODUCT_DIALECT_MAX_NAME = 32 /* bytes */ };

/* A letter a-z, then letters, digits, "_" and "-"; "list" is the name of all mappings. */
bool product_dialect_is_name(struct mcp_str text);

/*
 * Build a model's dialects from the member "dialects": {NAME: {"column_mappings": {TERM: SQL}}},
 * once its mappings are built. Other members of a dialect are ignored.
 *
 *   in      dialects  an object, or NULL: there are none
 *   errors  SCHEMA    not the shape, a bad name, more than PRODUCT_MAX_DIALECTS; err->where is the
 *                     JSON pointer below "dialects"
 *           NOMEM
 *   cost    O((overrides + mappings) log overrides) a dialect
 */
enum mcp_code product_dialects_build(json_t *dialects, struct product_model *model,
                                     struct mcp_err *err) MCP_CHECK;

/* The dialect of that name, A-Z taken for a-z; NULL when the model has none. */
const struct product_dialect *product_dialect_find(const struct product_model *model,
                                                   struct mcp_str name);

/* What a term means in the dialect: its override, else `mapping`'s own SQL. */
struct mcp_str product_dialect_sql(const struct product_dialect *dialect,
                                   const struct product_mapping *mapping);

/*
 * Append {"dialect":NAME,"mappings":{TERM:SQL,...}}: every mapping of the model in its order, those
 * the dialect overrides with the dialect's SQL in their place; then the dialect's own terms.
 */
void product_dialect_write(const struct product_model *model, const struct product_dialect *dialect,
                           struct mcp_buf *out);

#endif
