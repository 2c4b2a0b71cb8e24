/* SPDX-License-Identifier: MIT */
/* loader.h - metadata text or file to a checked model. Layer: product_metadata. Includes: json. */
#ifndef PRODUCT_LOADER_H
#define PRODUCT_LOADER_H

#include "mcp/schema.h"
#include "product_metadata/model.h"
#include "product_metadata/problem.h"

enum {
    PRODUCT_MAX_BYTES = 268435456,      /* of a metadata file: 256 MiB */
    PRODUCT_LOAD_BASE_BYTES = 67108864, /* memory a load may ask for in sum: this, */
    PRODUCT_LOAD_BYTES_PER_BYTE = 24,   /* and this for every byte of the file */
    PRODUCT_LOAD_PIECE_BYTES = 65536, /* of products or mappings that are values at one time, or */
    PRODUCT_LOAD_PIECE_COUNT = 256    /* members; a larger member is a piece of its own */
};

struct product_load {
    const struct mcp_schema *schema; /* of product_loader_schema */
    const char *name;                /* the file, for messages */
    int64_t now_wall_ms;             /* last_updated of a file without one */
    product_problem_fn *on_problem;  /* told every problem, warnings too; NULL: none */
    void *user;
};

/* Compile the schema this program was built with. */
enum mcp_code product_loader_schema(struct mcp_schema **out_schema, struct mcp_err *err) MCP_CHECK;

/*
 * Text to model: JSON, then schema, then what the schema cannot say, then warnings. The lists are
 * read, validated and built piece by piece, so beside text and model little memory is needed.
 *
 *   out     *out_model  new; untouched when there is any problem that is not a warning; its version
 *                       is its content_hash when the text gives none
 *   errors  SYNTAX, SCHEMA  the first problem; err->where is "products.json:12:4", err->what is
 *                           "/product_aliases/abra/canonical_id: expected a string, ... (type)"
 *           LIMIT           more than PRODUCT_MAX_BYTES, or the schema's bounds
 *           NOMEM
 *   thread  any
 */
enum mcp_code product_load_text(const struct product_load *load, struct mcp_str text,
                                struct product_model **out_model, struct mcp_err *err) MCP_CHECK;

/*
 * The same from the file `load->name`, within a memory budget; not to be called inside another
 * budget. errors: also NOT_FOUND, IO; NOMEM when the content asks for too much.
 */
enum mcp_code product_load_file(const struct product_load *load, struct product_model **out_model,
                                struct mcp_err *err) MCP_CHECK;

#endif
