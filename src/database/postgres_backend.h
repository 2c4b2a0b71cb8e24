/* SPDX-License-Identifier: MIT */
/* postgres_backend.h - one connection to a PostgreSQL server that can only read. Layer: database.
 * Includes: json. */
#ifndef DATABASE_POSTGRES_BACKEND_H
#define DATABASE_POSTGRES_BACKEND_H

#include "database/backend.h"

/* Where to connect. Borrowed; the password is told to nobody. */
struct database_postgres_source {
    const char *url;       /* checked and expanded, postgres_url.h */
    const char *password;  /* instead of the URL's; NULL: the URL's, or that of a password file */
    const char *pass_file; /* instead of ~/.pgpass; NULL: that one */
};

/*
 * Connect, check the role, check that what is not exposed cannot be read. Every query then runs in
 * a read-only transaction of its own, as the one statement of an extended-protocol message, behind
 * a cursor, which is rolled back in any case; the session is reset after it.
 *
 * In a build without libpq: always UNSUPPORTED.
 *
 *   errors  INVALID      the URL
 *           IO           no connection; the message never holds a password
 *           DENIED       the role may do what no reader needs, or may read what is not exposed; the
 *                        message says which statement mends it
 *           UNSUPPORTED  a mask; a server before version 14; no libpq in this build
 *   thread  the backend belongs to one thread
 */
enum mcp_code database_postgres_open(const struct database_postgres_source *source,
                                     const struct database_limits *limits,
                                     const struct database_exposure *exposure,
                                     struct database_backend **out_backend,
                                     struct mcp_err *err) MCP_CHECK;

#endif
