/* SPDX-License-Identifier: MIT */
/* sqlite_backend.h - one SQLite file, opened so that it can only be read. Layer: database.
 * Includes: json. */
#ifndef DATABASE_SQLITE_BACKEND_H
#define DATABASE_SQLITE_BACKEND_H

#include "database/backend.h"

/*
 * Open, check, configure, warm up, install the authorizer: in that order. Everything the engine
 * needs from the file system is open afterwards, so the caller may give up its rights.
 *
 *   errors  NOT_FOUND  no such file
 *           IO         not a regular file, not a SQLite database, no permission, damaged, or a WAL
 *                      or hot journal that this process may not recover; the message says what to
 * do NOMEM thread  the backend belongs to one thread; the heap limit is the process's
 */
enum mcp_code database_sqlite_open(const char *path, const struct database_limits *limits,
                                   const struct database_exposure *exposure,
                                   struct database_backend **out_backend,
                                   struct mcp_err *err) MCP_CHECK;

/* Create `path` from an SQL script; refuses to touch a file that exists. errors: EXISTS, IO. */
enum mcp_code database_sqlite_create(const char *path, const char *script,
                                     struct mcp_err *err) MCP_CHECK;

#endif
