/* SPDX-License-Identifier: MIT */
/* generate.h - made-up metadata files of any size. Layer: product_metadata. Includes: base. */
#ifndef PRODUCT_GENERATE_H
#define PRODUCT_GENERATE_H

#include <stdint.h>

#include "mcp/buf.h"

enum { PRODUCT_GENERATE_MAX = 1000000 }; /* products */

struct product_generate {
    size_t product_count;    /* the example's three first, then synthetic ones */
    uint64_t seed;           /* of the synthetic ones; equal seeds give equal bytes */
    int64_t last_updated_ms; /* wall time written into the file */
};

/*
 * Append a metadata file: indented by two spaces, a final newline, the ten example mappings and
 * their dialects.
 *
 *   errors  INVALID  more than PRODUCT_GENERATE_MAX products
 *           NOMEM, LIMIT  of `out`
 *   cost    O(products), about 400 bytes each
 */
enum mcp_code product_generate_write(const struct product_generate *options, struct mcp_buf *out,
                                     struct mcp_err *err) MCP_CHECK;

#endif
