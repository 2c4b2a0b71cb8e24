/* SPDX-License-Identifier: MIT */
/* catalogue.h - the last known description of the database, for those who cannot wait for one.
 * Layer: database. Includes: json. */
#ifndef DATABASE_CATALOGUE_H
#define DATABASE_CATALOGUE_H

#include <pthread.h>

#include "mcp/json.h"

struct database_catalogue {
    pthread_mutex_t lock;   /* guards: what follows */
    json_t *body;           /* of database://metadata; NULL: none yet */
    json_t *mismatches;     /* array of sentences */
    struct mcp_buf outline; /* as last told; empty: none yet */
};

void database_catalogue_init(struct database_catalogue *catalogue);
void database_catalogue_deinit(struct database_catalogue *catalogue);

/* What a new description changes. */
struct database_news {
    bool has_changed;        /* anything at all, row counts included */
    bool has_other_tables;   /* a table came or went */
    bool has_other_mistakes; /* the mismatches are others */
};

/* Replace both (new references are taken); a first one is no change. Any thread. */
struct database_news database_catalogue_set(struct database_catalogue *catalogue, json_t *body,
                                            json_t *mismatches);

/* Remember the outline; true when it is not the one remembered. Any thread. */
bool database_catalogue_outline(struct database_catalogue *catalogue, struct mcp_str outline);

/* New references, NULL when there is none. What they hold must not be changed. Any thread. */
json_t *database_catalogue_body(struct database_catalogue *catalogue);
json_t *database_catalogue_mismatches(struct database_catalogue *catalogue);

/* The columns of a table, borrowed from `body`; its name is compared as SQLite does. NULL: no such
 * table. */
const json_t *database_catalogue_columns(const json_t *body, const char *table);

/* Add the names of tables that begin with `prefix`, whatever the case, to the array `values`; true
 * when all of them fit into `max`. */
bool database_catalogue_complete(const json_t *body, const char *prefix, size_t max,
                                 json_t *values);

/* The same for the columns of a table, or of all of them when `table` is NULL: each name once. A
 * table's name is compared as SQLite does; an unknown one has no columns. */
bool database_catalogue_complete_column(const json_t *body, const char *table, const char *prefix,
                                        size_t max, json_t *values);

/*
 * Tables and columns whose name or description holds `pattern`, whatever the case; * and ? stand
 * for any characters and any one, % and _ as in LIKE do too. `detail` is "names", "columns" or
 * "full".
 *
 *   out     *out_found  {"tables": [{"name", "type", "description"?, ...}], "count"}: new reference
 */
enum mcp_code database_catalogue_search(const json_t *body, const char *pattern, const char *detail,
                                        json_t **out_found, struct mcp_err *err) MCP_CHECK;

#endif
