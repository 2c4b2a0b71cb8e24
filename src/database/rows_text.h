/* SPDX-License-Identifier: MIT */
/* rows_text.h - query rows as CSV or a Markdown table. Layer: database. Includes: json. */
#ifndef DATABASE_ROWS_TEXT_H
#define DATABASE_ROWS_TEXT_H

#include "database/request.h"
#include "database/result.h"

/*
 * Append the line of column names (and Markdown's rule under it). `columns` as they appear in JSON:
 * already told apart.
 *
 * CSV is RFC 4180: CRLF, quotes where needed; NULL is nothing, an empty text is "". Markdown: `|`
 * and `\` are escaped, line breaks become <br>, NULL is NULL. A BLOB is its base64, a number that
 * is not finite is NULL, text that is not UTF-8 is repaired: the JSON rows count these.
 */
void database_rows_text_head(struct mcp_buf *out, enum database_format format,
                             const struct database_columns *columns);

/* Append one row of columns->count cells. */
void database_rows_text_add(struct mcp_buf *out, enum database_format format,
                            const struct database_value *values, size_t count);

#endif
