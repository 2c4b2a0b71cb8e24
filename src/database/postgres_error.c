/* SPDX-License-Identifier: MIT */
/* postgres_error.c - see postgres_session.h: what the server says as an error of ours. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "database/postgres_session.h"
#include "mcp/clock.h"

enum { EARLY_MS = 50 }; /* before the deadline: it was not statement_timeout */

/* By SQLSTATE; the longest prefix that fits comes first. */
static const struct {
    const char *prefix;
    enum mcp_code code;
} states[] = {
    {"57014", MCP_E_TIMEOUT}, /* query_canceled: statement_timeout, or an administrator */
    {"25006", MCP_E_DENIED},  /* read_only_sql_transaction */
    {"42501", MCP_E_DENIED},  /* insufficient_privilege */
    {"25", MCP_E_DENIED},     /* invalid transaction state: an attempt to change it */
    {"55P03", MCP_E_STATE},   /* lock_not_available */
    {"40", MCP_E_STATE},      /* serialization, deadlock */
    {"53300", MCP_E_IO},      /* too_many_connections */
    {"53", MCP_E_LIMIT},      /* memory, disk, temp_file_limit */
    {"54", MCP_E_LIMIT},      /* program_limit_exceeded */
    {"08", MCP_E_IO},         /* connection */
    {"57P", MCP_E_IO},        /* shutdown, crash, starting up */
    {"58", MCP_E_IO},         /* system error */
    {"28", MCP_E_IO},         /* authorization at connect */
    {"XX", MCP_E_IO},         /* internal error */
    {"", MCP_E_SYNTAX},
};

static enum mcp_code code_of(const char *state) {
    size_t i = 0;
    while (strncmp(states[i].prefix, state, strlen(states[i].prefix)) != 0)
        i++;
    return states[i].code;
}

static enum mcp_code lost(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_IO, "the connection to the database was lost; try again");
}

/* With the words of this program where it knows better than the server. */
static enum mcp_code say(struct database_postgres *session, const char *state, const char *text,
                         struct mcp_err *err) {
    enum mcp_code code = code_of(state);
    if (code == MCP_E_TIMEOUT && mcp_clock_now_ms() + EARLY_MS < session->stop_ms)
        return MCP_FAIL(err, MCP_E_STATE,
                        "the query was cancelled by an administrator of the database; try again");
    if (code == MCP_E_TIMEOUT)
        return MCP_FAIL(err, code,
                        "the query took longer than %" PRIu64 " ms; narrow it with WHERE or LIMIT",
                        session->limits.deadline_ms);
    if (strstr(text, "DECLARE CURSOR") != NULL || strstr(text, "SELECT ... INTO") != NULL)
        return MCP_FAIL(err, MCP_E_DENIED, "that statement is not a read; this server only reads");
    if (strcmp(state, "55P03") == 0)
        return MCP_FAIL(err, code, "a table is locked by a writer; try again");
    if (PQstatus(session->conn) != CONNECTION_OK)
        return lost(err);
    return MCP_FAIL(err, code, "%s", text);
}

enum mcp_code database_postgres_check(struct database_postgres *session, const PGresult *result,
                                      size_t shift, struct mcp_err *err) {
    if (result == NULL)
        return PQstatus(session->conn) != CONNECTION_OK
                   ? lost(err)
                   : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE)
        return MCP_OK;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *place = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    if (state == NULL) /* libpq's own: a row beyond the memory of this process, or no connection */
        return PQstatus(session->conn) == CONNECTION_OK
                   ? MCP_FAIL(err, MCP_E_LIMIT, "a row is too large for this server; narrow it")
                   : lost(err);
    enum mcp_code code = say(session, state, text != NULL ? text : "no message", err);
    size_t at = place != NULL ? (size_t)strtoul(place, NULL, 10) : 0;
    return at > shift && code != MCP_E_IO ? mcp_err_at(err, code, "character %zu", at - shift)
                                          : code;
}
