/* SPDX-License-Identifier: MIT */
/* own_query.h - the text of queries of our own, made of names that clients say. Layer: database.
 * Includes: json. */
#ifndef DATABASE_OWN_QUERY_H
#define DATABASE_OWN_QUERY_H

#include "database/service.h"

enum { DATABASE_OWN_QUERY_MAX_BYTES = 50000 };

/* Append an SQL identifier in its quotes. */
void database_own_query_identifier(struct mcp_buf *out, const char *name);

/* Append the name of a table as the catalogue has it: with its schema in quotes of its own. */
void database_own_query_table(struct mcp_buf *out, const struct database_service *service,
                              const char *name);

/* Append a query for the distinct values of a column with their counts, the most frequent first. */
void database_own_query_values(struct mcp_buf *out, const struct database_service *service,
                               const char *table, const char *column);

/* Append a query for the rows of a table: of those columns that are known to be exposed when some
 * are hidden, else of all. */
void database_own_query_sample(struct mcp_buf *out, struct database_service *service,
                               const char *table);

#endif
