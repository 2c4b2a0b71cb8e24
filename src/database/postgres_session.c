/* SPDX-License-Identifier: MIT */
/* postgres_session.c - see postgres_session.h: statements of our own, and the transaction around
 * the client's. */
#include "database/postgres_session.h"

#include <inttypes.h>

#include "mcp/clock.h"

enum { MOST_TRIES = 5 }; /* of a rollback or a reset that is cancelled */

void database_postgres_clear(PGresult **result) {
    PQclear(*result);
    *result = NULL;
}

enum mcp_code database_postgres_run(struct database_postgres *session, const char *sql,
                                    const char *const *params, size_t count, PGresult **out_result,
                                    struct mcp_err *err) {
    PGresult *result MCP_AUTO(database_postgres_clear) =
        PQexecParams(session->conn, sql, (int)count, NULL, params, NULL, NULL, 0);
    MCP_TRY(database_postgres_check(session, result, SIZE_MAX, err));
    if (out_result != NULL)
        *out_result = MCP_TAKE(result);
    return MCP_OK;
}

enum mcp_code database_postgres_begin(struct database_postgres *session, struct mcp_err *err) {
    char text[160];
    if (session->is_lost)
        return MCP_FAIL(err, MCP_E_IO, "the connection to the database was lost; try again");
    session->stop_ms = mcp_clock_now_ms() + session->limits.deadline_ms;
    (void)snprintf(text, sizeof text,
                   "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                   "SET LOCAL statement_timeout = %" PRIu64 "; SELECT 1",
                   session->limits.deadline_ms);
    PGresult *result MCP_AUTO(database_postgres_clear) = PQexec(session->conn, text);
    return database_postgres_check(session, result, SIZE_MAX, err);
}

/* Until it is done. The first try runs under what is left of the statement's time, and a cancel of
 * an administrator may come late: a ROLLBACK that is cancelled leaves the transaction open, aborted
 * and with the whole time again. */
static bool insist(const struct database_postgres *session, const char *sql) {
    bool is_done = false;
    for (size_t i = 0; !is_done && i < MOST_TRIES; i++) {
        PGresult *result MCP_AUTO(database_postgres_clear) = PQexec(session->conn, sql);
        is_done = PQresultStatus(result) == PGRES_COMMAND_OK;
    }
    return is_done;
}

bool database_postgres_end(struct database_postgres *session) {
    bool is_clean = insist(session, "ROLLBACK") && insist(session, "DISCARD ALL");
    session->is_lost = session->is_lost || !is_clean;
    return is_clean;
}
