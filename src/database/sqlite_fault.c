/* SPDX-License-Identifier: MIT */
/* sqlite_fault.c - the engine's errors as ours; see sqlite_session.h. */
#include <inttypes.h>

#include "database/sqlite_session.h"

enum { MAX_MESSAGE_BYTES = 100000 };

enum mcp_code database_sqlite_fail_open(struct database_sqlite *session, int rc,
                                        struct mcp_err *err) {
    int extended = sqlite3_extended_errcode(session->db);
    switch (extended) {
    case SQLITE_READONLY_DIRECTORY:
    case SQLITE_READONLY_CANTINIT:
        return MCP_FAIL(err, MCP_E_IO,
                        "a WAL database whose directory is not writable; give this user write "
                        "permission there, or switch the file with PRAGMA journal_mode=DELETE");
    case SQLITE_READONLY_ROLLBACK:
    case SQLITE_READONLY_RECOVERY:
        return MCP_FAIL(err, MCP_E_IO,
                        "a writer was interrupted and left a journal; open the file once with a "
                        "program that may write, such as sqlite3, to recover it");
    default:
        break;
    }
    if ((rc & 0xFF) == SQLITE_NOTADB)
        return MCP_FAIL(err, MCP_E_IO, "not a SQLite database");
    if ((rc & 0xFF) == SQLITE_CORRUPT)
        return MCP_FAIL(err, MCP_E_IO, "the database is damaged: %s", sqlite3_errmsg(session->db));
    return MCP_FAIL(err, MCP_E_IO, "%s", sqlite3_errmsg(session->db));
}

static enum mcp_code syntax_error(struct database_sqlite *session, struct mcp_str sql,
                                  struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf message = MCP_BUF_INIT(MAX_MESSAGE_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf hint = MCP_BUF_INIT(MAX_MESSAGE_BYTES);
    int offset = sql.len > 0 ? sqlite3_error_offset(session->db) : -1;
    mcp_buf_addf(&message, "%s", sqlite3_errmsg(session->db));
    if (sql.len > 0 && message.len > 0)
        database_sqlite_hint(session, message.data, &hint);
    enum mcp_code code =
        MCP_FAIL(err, MCP_E_SYNTAX, "%s%s", message.len > 0 ? message.data : "the query is wrong",
                 hint.len > 0 ? hint.data : "");
    return offset >= 0 ? mcp_err_at(err, code, "character %d", offset + 1) : code;
}

enum mcp_code database_sqlite_fail(struct database_sqlite *session, int rc, struct mcp_str sql,
                                   struct mcp_err *err) {
    if (session->denial.len > 0)
        return MCP_FAIL(err, MCP_E_DENIED, "%s", session->denial.data);
    switch (rc & 0xFF) {
    case SQLITE_INTERRUPT:
        return MCP_FAIL(err, MCP_E_TIMEOUT,
                        "the query took longer than %" PRIu64 " ms; narrow it with WHERE or LIMIT",
                        session->limits.deadline_ms);
    case SQLITE_NOMEM:
        database_sqlite_forget(session); /* there may be room the next time */
        return MCP_FAIL(err, MCP_E_LIMIT, "the query needs more than %zu MiB of memory; narrow it",
                        session->limits.heap_bytes >> 20);
    case SQLITE_TOOBIG:
        return MCP_FAIL(err, MCP_E_LIMIT, "a value is longer than %d bytes",
                        DATABASE_SQLITE_MAX_VALUE_BYTES);
    case SQLITE_AUTH:
        return MCP_FAIL(err, MCP_E_DENIED, "%s", sqlite3_errmsg(session->db));
    case SQLITE_BUSY:
        return MCP_FAIL(err, MCP_E_STATE, "the database is locked by a writer; try again");
    case SQLITE_ERROR:
        return syntax_error(session, sql, err);
    default:
        return database_sqlite_fail_open(session, rc, err);
    }
}
