/* SPDX-License-Identifier: MIT */
/* fold.h - the form in which names are compared. Layer: product_metadata. Includes: base. */
#ifndef PRODUCT_FOLD_H
#define PRODUCT_FOLD_H

#include "mcp/buf.h"

enum { PRODUCT_FOLD_GROWTH = 11 }; /* a folded text is at most so many times as long, in bytes */

/*
 * Append `text` so that what people take for the same name becomes the same bytes: compatibility
 * forms (full width, ligatures, superscripts) as plain ones, letters by Unicode's full case
 * folding, accents composed, invisible code points dropped. Runs of blanks, control characters,
 * dashes, minus signs and "_" become one blank; none is left at the ends. Accents count:
 * "café" is not "cafe". Folding twice changes nothing.
 *
 *   errors  SYNTAX  invalid UTF-8; err->where is "byte 17"
 *           NOMEM, LIMIT from out
 *   cost    O(length); ASCII without allocation but out's
 *   spec    Unicode, toNFKC_Casefold (D147)
 */
enum mcp_code product_fold(struct mcp_str text, struct mcp_buf *out, struct mcp_err *err) MCP_CHECK;

#endif
