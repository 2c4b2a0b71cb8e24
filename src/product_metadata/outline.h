/* SPDX-License-Identifier: MIT */
/* outline.h - where products, mappings and the rest stand in a metadata text. Layer:
 * product_metadata. Includes: json. */
#ifndef PRODUCT_OUTLINE_H
#define PRODUCT_OUTLINE_H

#include <stdint.h>

#include "mcp/json.h"

/* `"key": value`. Offsets into the text. */
struct product_span {
    uint32_t key;   /* its opening quote */
    uint32_t value; /* the value's first byte */
    uint32_t end;   /* behind the value */
};

struct product_spans {
    struct product_span *rows;
    size_t count;
    size_t room;
};

enum product_part { PRODUCT_PART_PRODUCTS, PRODUCT_PART_MAPPINGS, PRODUCT_PART_COUNT };

/* Of the metadata's two lists the members; of everything else the root's members. */
struct product_outline {
    bool is_object; /* the root is one; else there is nothing below */
    bool has_part[PRODUCT_PART_COUNT];
    struct product_spans parts[PRODUCT_PART_COUNT]; /* of the part's object */
    struct product_spans others; /* also a list that is no object, and a list's second one */
};

/*
 * Walk the text once, strictly (RFC 8259 as json/text_scan.h has it), and build no values.
 *
 *   in      text    valid UTF-8, less than 4 GiB
 *   errors  SYNTAX  err->where and err->what as mcp_json_parse has them
 *           NOMEM
 *   cost    O(length), 12 to 24 bytes a member
 */
enum mcp_code product_outline_read(struct mcp_str text, struct product_outline *out_outline,
                                   struct mcp_err *err) MCP_CHECK;
void product_outline_deinit(struct product_outline *outline);

const char *product_part_name(enum product_part part); /* "product_aliases" */

#endif
