/* SPDX-License-Identifier: MIT */
/* sqlite_session.h - the opened handle that the sqlite_*.c files share. Layer: database.
 * Includes: json. */
#ifndef DATABASE_SQLITE_SESSION_H
#define DATABASE_SQLITE_SESSION_H

#include <sqlite3.h>

#include "database/backend.h"
#include "database/sqlite_backend.h"
#include "database/sqlite_policy.h"

enum {
    DATABASE_SQLITE_MAX_VALUE_BYTES = 1 << 20 /* bounds what one function call can chew on */
};

/* The statements of our own that every query needs, prepared once. */
enum database_own_statement {
    DATABASE_OWN_BEGIN,
    DATABASE_OWN_VERSION,
    DATABASE_OWN_COMMIT,
    DATABASE_OWN_COUNT
};

/* Sets of names; the values of some say more. */
enum database_set {
    DATABASE_SET_CATALOGUE,
    DATABASE_SET_ALLOWED,
    DATABASE_SET_DENIED,
    DATABASE_SET_MASKED,
    DATABASE_SET_DERIVED,
    DATABASE_SET_CONCEALED, /* indexes that no plan and no description names */
    DATABASE_SET_COUNT
};

/* A statement of a client that ran to its end. */
enum { DATABASE_MAX_KEPT = 16 };
struct database_kept {
    char *sql; /* owned */
    size_t sql_len;
    sqlite3_stmt *statement; /* owned, reset, nothing bound; NULL: a free slot */
    uint64_t used;           /* when it was put here, counted */
};

struct database_sqlite {
    struct database_backend backend; /* first member */
    sqlite3 *db;
    struct database_limits limits;
    struct database_policy policy;
    struct mcp_map *sets[DATABASE_SET_COUNT]; /* owned */
    int64_t schema_version;                   /* the catalogue is that of this version */
    sqlite3_stmt *own[DATABASE_OWN_COUNT];
    struct database_kept kept[DATABASE_MAX_KEPT];
    uint64_t last_used;
    uint64_t stop_at_ms;   /* progress handler: monotonic deadline of the statement */
    struct mcp_str sql;    /* of the client's statement: a denial names only what it names */
    struct mcp_buf denial; /* what the authorizer refused last */
};

/* sqlite_fault.c: record the engine's last error as ours. `sql` may be empty; with it a syntax
 * error gets a place and an unknown name the nearest known one. */
enum mcp_code database_sqlite_fail(struct database_sqlite *session, int rc, struct mcp_str sql,
                                   struct mcp_err *err);

/* The same for what an operator has to mend: the file cannot be opened, or is none. */
enum mcp_code database_sqlite_fail_open(struct database_sqlite *session, int rc,
                                        struct mcp_err *err);

/* Append `; did you mean "products"?` when `message` is about a name that does not exist and an
 * exposed one is near. */
void database_sqlite_hint(struct database_sqlite *session, const char *message,
                          struct mcp_buf *out);

/* Fill the policy's sets; before the authorizer is installed. errors: IO, NOMEM. */
enum mcp_code database_sqlite_expose(struct database_sqlite *session,
                                     const struct database_exposure *exposure,
                                     struct mcp_err *err) MCP_CHECK;

/* Fill the sets of what is hidden because of what it is made of: generated columns that name a
 * hidden one, virtual tables that are not shown whole or are made from such a table, and indexes
 * over them. After the catalogue. errors: IO, NOMEM. */
enum mcp_code database_sqlite_derive(struct database_sqlite *session,
                                     struct mcp_err *err) MCP_CHECK;
bool database_sqlite_conceals(const struct database_sqlite *session, const char *index);

/* Begin the read transaction a query runs in, with a catalogue that is true in it: a table that
 * appeared since is known by name before the client's statement is looked at. End it always. */
enum mcp_code database_sqlite_begin(struct database_sqlite *session, struct mcp_err *err) MCP_CHECK;
void database_sqlite_end(struct database_sqlite *session);

/* Compile the one statement of a request and bind its params; refuses what is not a read. */
enum mcp_code database_sqlite_prepare(struct database_sqlite *session,
                                      const struct database_request *request,
                                      sqlite3_stmt **out_statement, struct mcp_err *err) MCP_CHECK;
void database_sqlite_finalize(sqlite3_stmt **statement); /* for MCP_AUTO */

/* A compiled statement of exactly that text, which then is the caller's; NULL: none is kept. What
 * the authorizer allowed stays allowed: all are forgotten when the schema changes. */
sqlite3_stmt *database_sqlite_recall(struct database_sqlite *session, struct mcp_str sql);
/* Keep a statement (taken when it is) for the next time. */
void database_sqlite_keep(struct database_sqlite *session, struct mcp_str sql,
                          sqlite3_stmt **statement);
void database_sqlite_forget(struct database_sqlite *session); /* all of them */

/* The two operations, in files of their own. */
enum mcp_code database_sqlite_query(struct database_backend *backend,
                                    const struct database_request *request,
                                    const struct database_sink *sink,
                                    struct database_tally *out_tally,
                                    struct mcp_err *err) MCP_CHECK;
enum mcp_code database_sqlite_describe(struct database_backend *backend, json_t **out_catalogue,
                                       struct mcp_err *err) MCP_CHECK;

#endif
