/* SPDX-License-Identifier: MIT */
/* postgres_session.h - the connection that the postgres_*.c files share. Layer: database.
 * Includes: json. */
#ifndef DATABASE_POSTGRES_SESSION_H
#define DATABASE_POSTGRES_SESSION_H

#include <libpq-fe.h>

#include "database/backend.h"
#include "database/postgres_backend.h"
#include "database/postgres_scan.h"
#include "mcp/map.h"

enum { DATABASE_POSTGRES_MIN_VERSION = 140000 };

struct database_postgres {
    struct database_backend backend; /* first member */
    PGconn *conn;
    struct database_limits limits;
    json_t *allowed; /* arrays as configured; NULL: not configured */
    json_t *denied;
    json_t *warnings;      /* sentences: what the role may do beyond reading */
    struct mcp_map *types; /* "oid:modifier" to the type's name */
    uint64_t checked_ms;   /* when the exposure was checked last */
    uint64_t stop_ms;      /* deadline of the statement, monotonic */
    bool is_lost;          /* could not be rolled back or reset: nothing runs any more */
};

void database_postgres_clear(PGresult **result); /* for MCP_AUTO */

/*
 * Take what the server said: OK, or its error by SQLSTATE. `shift` characters of our own precede
 * the client's text; a place within it becomes where. NULL: no answer at all.
 */
enum mcp_code database_postgres_check(struct database_postgres *session, const PGresult *result,
                                      size_t shift, struct mcp_err *err) MCP_CHECK;

/* Run a statement of our own, its params as text (NULL: none), and give its result. */
enum mcp_code database_postgres_run(struct database_postgres *session, const char *sql,
                                    const char *const *params, size_t count, PGresult **out_result,
                                    struct mcp_err *err) MCP_CHECK;

/* Begin the read-only transaction with a snapshot: from then on it cannot become another. */
enum mcp_code database_postgres_begin(struct database_postgres *session,
                                      struct mcp_err *err) MCP_CHECK;

/* Roll back and reset the session; always, also after an error. False: the session is lost, and
 * every later database_postgres_begin fails. */
bool database_postgres_end(struct database_postgres *session);

/* postgres_role.c: refuse a role that may do harm; collect warnings. */
enum mcp_code database_postgres_check_role(struct database_postgres *session,
                                           struct mcp_err *err) MCP_CHECK;

/* Refuse when something may be read that is not exposed. Asks the server at most once a second. */
enum mcp_code database_postgres_check_exposure(struct database_postgres *session,
                                               struct mcp_err *err) MCP_CHECK;

/* postgres_prepare.c: within the transaction, check what a scan found and compile the statement
 * behind a cursor. The cursor's own text before the statement is `database_postgres_shift` long. */
enum mcp_code database_postgres_prepare(struct database_postgres *session,
                                        const struct database_scan *scan,
                                        struct mcp_err *err) MCP_CHECK;
size_t database_postgres_shift(void);

/* The values of $1, $2, ... as text (NULL: null), `count` of them; views into `storage`. */
enum mcp_code database_postgres_bind(const struct database_request *request,
                                     const struct database_scan *scan, size_t count,
                                     struct mcp_buf *storage, const char **out_values,
                                     struct mcp_err *err) MCP_CHECK;

/* Append `; did you mean "products"?` when the error is about a name that does not exist. Outside
 * a transaction. */
void database_postgres_hint(struct database_postgres *session, struct mcp_err *err);

/* JSON strings as the text form of an array of text. */
void database_postgres_add_array(struct mcp_buf *out, const json_t *names);

/* The operations, in files of their own. */
enum mcp_code database_postgres_query(struct database_backend *backend,
                                      const struct database_request *request,
                                      const struct database_sink *sink,
                                      struct database_tally *out_tally,
                                      struct mcp_err *err) MCP_CHECK;
enum mcp_code database_postgres_describe(struct database_backend *backend, json_t **out_catalogue,
                                         struct mcp_err *err) MCP_CHECK;
enum mcp_code database_postgres_outline(struct database_backend *backend, json_t **out_catalogue,
                                        struct mcp_err *err) MCP_CHECK;

#endif
