/* SPDX-License-Identifier: MIT */
/* sql_form.h - whether a mapping's SQL can be put into a query. Layer: product_metadata. Includes:
 * base. */
#ifndef PRODUCT_SQL_FORM_H
#define PRODUCT_SQL_FORM_H

#include "mcp/buf.h"

enum {
    PRODUCT_SQL_MAX_FAULTS = 16, /* told of one text: the first ones */
    PRODUCT_SQL_SENTENCE_BYTES = 160
};

struct product_sql_fault {
    const char *rule; /* "sql-quote" */
    char sentence[PRODUCT_SQL_SENTENCE_BYTES];
};

struct product_sql_faults {
    struct product_sql_fault rows[PRODUCT_SQL_MAX_FAULTS];
    size_t count;
};

/*
 * Look at an SQL expression as text: the quotes '...' and "..." (doubled inside), the parentheses,
 * and the placeholders {name} between them. What stands in quotes is left alone.
 *
 *   sql-empty        blank
 *   sql-semicolon    a ";": it would end the statement
 *   sql-comment      "--" or a slash and "*": it would hide the rest of the query
 *   sql-quote        a quote that is not closed
 *   sql-parenthesis  parentheses that do not match (not told when a quote is open)
 *   sql-placeholder  a {name} that nobody replaces, or a brace without its partner; the one known
 *                    placeholder is {date_column}, the date column of the query at hand
 *
 *   cost    O(length), no allocation
 */
void product_sql_check(struct mcp_str sql, struct product_sql_faults *out_faults);

#endif
