/* SPDX-License-Identifier: MIT */
/* sqlite_session.h - the opened handle that the sqlite_*.c files share. Layer: database.
 * Includes: json. */
#ifndef DATABASE_SQLITE_SESSION_H
#define DATABASE_SQLITE_SESSION_H

#include <sqlite3.h>

#include "database/backend.h"
#include "database/sqlite_policy.h"

struct database_sqlite {
    struct database_backend backend; /* first member */
    sqlite3 *db;
    struct database_limits limits;
    struct database_policy policy;
    struct mcp_map *sets[4]; /* owns catalogue, allowed, denied, masked */
    uint64_t stop_at_ms;     /* progress handler: monotonic deadline of the statement */
    bool is_late;            /* the progress handler stopped it */
    struct mcp_buf denial;   /* what the authorizer refused last */
};

/* Record the engine's last error as ours. `sql` may be empty; with it a syntax error gets a place.
 */
enum mcp_code database_sqlite_fail(struct database_sqlite *session, int rc, struct mcp_str sql,
                                   struct mcp_err *err);

/* The two operations, in files of their own. */
enum mcp_code database_sqlite_query(struct database_backend *backend, struct mcp_str sql,
                                    const struct database_sink *sink,
                                    struct database_tally *out_tally,
                                    struct mcp_err *err) MCP_CHECK;
enum mcp_code database_sqlite_describe(struct database_backend *backend, json_t **out_catalogue,
                                       struct mcp_err *err) MCP_CHECK;

#endif
