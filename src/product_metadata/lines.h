/* SPDX-License-Identifier: MIT */
/* lines.h - line and column of many bytes of one long text. Layer: product_metadata. Includes:
 * json. */
#ifndef PRODUCT_LINES_H
#define PRODUCT_LINES_H

#include <stdint.h>

#include "json/pointer.h"

enum { PRODUCT_LINES_STEP = 4096 }; /* bytes between two marks */

/* Where lines stand at each PRODUCT_LINES_STEP bytes. Zero-initialized: no marks, a slow find. */
struct product_lines {
    struct product_line_mark {
        size_t line;  /* 1-based, of the byte at the mark */
        size_t start; /* offset of that line's first byte */
    } * marks;
    size_t count;
};

/* errors: NOMEM. cost: O(length), 16 bytes for each PRODUCT_LINES_STEP. */
enum mcp_code product_lines_init(struct mcp_str text, struct product_lines *out_lines,
                                 struct mcp_err *err) MCP_CHECK;
void product_lines_deinit(struct product_lines *lines);

/* Of the byte `at` (at most text.len) of the text that `lines` was made of; column in bytes. */
struct mcp_place product_lines_find(const struct product_lines *lines, struct mcp_str text,
                                    size_t at);

#endif
