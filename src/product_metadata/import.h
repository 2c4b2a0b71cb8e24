/* SPDX-License-Identifier: MIT */
/* import.h - rows of products and mappings to a metadata file. Layer: product_metadata. Includes:
 * json. */
#ifndef PRODUCT_IMPORT_H
#define PRODUCT_IMPORT_H

#include "json/pointer.h"
#include "mcp/schema.h"

enum {
    PRODUCT_IMPORT_MAX_BYTES = 67108864, /* of the file: 64 MiB; of YAML what program/ allows */
    PRODUCT_IMPORT_MAX_ROWS = 1000000,
    PRODUCT_IMPORT_MAX_REJECTED = 1000 /* more of them and it is the wrong file */
};

/* A row that is not taken. Views live until the callback returns. */
struct product_reject {
    struct mcp_place place; /* of CSV; line 0: see pointer */
    struct mcp_str pointer; /* of JSON and YAML */
    bool at_key;            /* the key is at fault */
    const char *what;       /* one line */
};

typedef void(product_reject_fn)(const struct product_reject *reject, void *user);

struct product_import {
    const struct mcp_schema *schema; /* of product_loader_schema */
    product_reject_fn *on_reject;
    void *user;
    json_t *root; /* the metadata so far; owned */
    size_t row_count;
    size_t rejected_count;
};

/* An import into nothing. errors: NOMEM. */
enum mcp_code product_import_init(struct product_import *import, const struct mcp_schema *schema,
                                  product_reject_fn *on_reject, void *user,
                                  struct mcp_err *err) MCP_CHECK;
void product_import_deinit(struct product_import *import);

/*
 * Take the rows of a CSV text (csv.h). Its first row names the columns, in any order, "A-Z" like
 * "a-z", blanks around names and cells dropped:
 *
 *   canonical_id, canonical_name  of a product; neither may be empty in its row
 *   key             of a product; empty or no such column: made of canonical_name, "magic_wand_pro"
 *   aliases, categories  texts with "|" between them
 *   TABLE.COLUMN    a database reference: a JSON number, true or false is one, other text a string;
 *                   an empty cell is none
 *   term, sql       of a mapping; neither may be empty in its row
 *
 * A row has cells of a product or of a mapping, not of both. Empty cells are not there.
 *
 *   errors  SCHEMA  the first row; err->where "line:column"
 *           LIMIT   more than PRODUCT_IMPORT_MAX_ROWS rows, PRODUCT_IMPORT_MAX_REJECTED of them bad
 *           NOMEM
 *   cost    O(length)
 */
enum mcp_code product_import_csv(struct product_import *import, struct mcp_str text,
                                 struct mcp_err *err) MCP_CHECK;

/*
 * Take the rows of a JSON or YAML value: an array of objects with the columns above as members
 * (aliases and categories may be arrays, database_references an object), or a metadata file, whose
 * other members are taken as they are.
 *
 *   errors  SCHEMA  neither of the two; LIMIT, NOMEM as above
 */
enum mcp_code product_import_value(struct product_import *import, json_t *value,
                                   struct mcp_err *err) MCP_CHECK;

/* For the two above: one row, of the members named there. `reject` has its place.
 * OK also when it is rejected. */
enum mcp_code product_import_row(struct product_import *import, json_t *row,
                                 const struct product_reject *reject,
                                 struct mcp_err *err) MCP_CHECK;

/* Reject with `what`. errors: LIMIT more than PRODUCT_IMPORT_MAX_REJECTED. */
enum mcp_code product_import_reject(struct product_import *import,
                                    const struct product_reject *reject, const char *what,
                                    struct mcp_err *err) MCP_CHECK;

/* Count a row. errors: LIMIT more than PRODUCT_IMPORT_MAX_ROWS. */
enum mcp_code product_import_count(struct product_import *import, struct mcp_err *err) MCP_CHECK;

#endif
