/* SPDX-License-Identifier: MIT */
/* source.h - which database the settings name, as a worker is told. Layer: database.
 * Includes: json. */
#ifndef DATABASE_SOURCE_H
#define DATABASE_SOURCE_H

#include "mcp/json.h"

/* Where the settings came from; borrowed. */
struct database_surroundings {
    int argc;
    char **argv; /* searched for a password that anybody can see there */
    char *const *envp;
};

/* True when the settings name a PostgreSQL database. */
bool database_source_is_postgres(const json_t *settings);

/* The URL as people may see it, "postgresql://app:***@db/shop", or the file. */
void database_source_name(const json_t *settings, struct mcp_buf *out);

/*
 * The configuration of a worker, worker.h.
 *
 *   out     *out_configuration  a new reference; it may hold a password
 *   errors  INVALID, LIMIT, SYNTAX, NOT_FOUND  the URL, postgres_url.h
 *           DENIED     a password on the command line; a password file that others may read
 *           NOT_FOUND, IO  the password file
 */
enum mcp_code database_source_configure(const json_t *settings,
                                        const struct database_surroundings *around,
                                        json_t **out_configuration, struct mcp_err *err) MCP_CHECK;

#endif
