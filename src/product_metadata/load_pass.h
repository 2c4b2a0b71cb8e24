/* SPDX-License-Identifier: MIT */
/* load_pass.h - a load under way: what loader.c and load_parts.c share. Layer: product_metadata. */
#ifndef PRODUCT_LOAD_PASS_H
#define PRODUCT_LOAD_PASS_H

#include "product_metadata/lines.h"
#include "product_metadata/loader.h"

struct product_pass {
    const struct product_load *load;
    struct mcp_str text;
    struct mcp_err *err; /* receives the first problem that is not a warning */
    size_t error_count;
    enum mcp_code code;             /* of the first problem that is not a warning */
    struct product_outline outline; /* of `text` */
    struct product_lines lines;     /* of `text`, made for the first problem */
};

void product_pass_deinit(struct product_pass *pass);

/* Tell the problem; the first error also goes into the record, with `code`. */
void product_pass_tell(struct product_pass *pass, const struct product_problem *problem,
                       enum mcp_code code);

/* The same for a problem that knows its pointer, but not its place. */
void product_pass_tell_at(struct product_pass *pass, const struct product_problem *problem,
                          enum mcp_code code);

/*
 * Text and outline to model, piece by piece. Told are all problems until the model can no longer be
 * whole; errors as product_load_text.
 */
enum mcp_code product_load_parts(struct product_pass *pass,
                                 struct product_model **out_model) MCP_CHECK;

/* Tell what the schema says of a root, which may be no object. OK also when that was something. */
enum mcp_code product_load_other(struct product_pass *pass, const json_t *root) MCP_CHECK;

#endif
