/* SPDX-License-Identifier: MIT */
/* sqlite_query.c - see sqlite_session.h: run one statement, encode its rows as they are stepped. */
#include <string.h>

#include "database/result.h"
#include "database/sqlite_session.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"

enum { PIECE_BYTES = 32 * 1024 };

static void finalize(sqlite3_stmt **statement) {
    (void)sqlite3_finalize(*statement);
}

/* What follows the first statement must be nothing: the engine itself is asked. */
static enum mcp_code check_tail(struct database_sqlite *session, struct mcp_str tail,
                                struct mcp_err *err) {
    MCP_AUTO(finalize) sqlite3_stmt *second = NULL;
    int rc = sqlite3_prepare_v2(session->db, tail.ptr, (int)tail.len, &second, NULL);
    if (rc == SQLITE_OK && second == NULL)
        return MCP_OK;
    return MCP_FAIL(err, MCP_E_DENIED, "one statement at a time: text follows the first one");
}

static enum mcp_code check_kind(sqlite3_stmt *statement, struct mcp_err *err) {
    if (statement == NULL)
        return MCP_FAIL(err, MCP_E_SYNTAX, "no statement: the query is empty");
    if (sqlite3_stmt_isexplain(statement) == 1)
        return MCP_FAIL(err, MCP_E_DENIED, "EXPLAIN shows bytecode; use EXPLAIN QUERY PLAN");
    if (!sqlite3_stmt_readonly(statement) || sqlite3_column_count(statement) == 0)
        return MCP_FAIL(err, MCP_E_DENIED, "that statement is not a read; this server only reads");
    if (sqlite3_bind_parameter_count(statement) > 0)
        return MCP_FAIL(err, MCP_E_INVALID, "the query has a placeholder; write the value instead");
    return MCP_OK;
}

static enum mcp_code prepare(struct database_sqlite *session, struct mcp_str sql,
                             sqlite3_stmt **out_statement, struct mcp_err *err) {
    const char *rest = sql.ptr;
    if (sql.len > session->limits.max_query_bytes)
        return MCP_FAIL(err, MCP_E_LIMIT, "the query is longer than %zu bytes",
                        session->limits.max_query_bytes);
    if (sql.len > 0 && memchr(sql.ptr, '\0', sql.len) != NULL)
        return MCP_FAIL(err, MCP_E_SYNTAX, "the query holds a NUL byte");
    int rc = sqlite3_prepare_v2(session->db, sql.ptr, (int)sql.len, out_statement, &rest);
    if (rc != SQLITE_OK)
        return database_sqlite_fail(session, rc, sql, err);
    struct mcp_str tail = {rest, sql.len - (size_t)(rest - sql.ptr)};
    MCP_TRY(check_tail(session, tail, err));
    mcp_buf_clear(&session->denial);
    return check_kind(*out_statement, err);
}

static enum mcp_code read_columns(sqlite3_stmt *statement, struct database_columns *columns,
                                  struct mcp_err *err) {
    size_t count = (size_t)sqlite3_column_count(statement);
    struct mcp_str *names MCP_AUTO(mcp_freep) = mcp_alloc(count * sizeof *names);
    if (names == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        names[i] = mcp_str_of(sqlite3_column_name(statement, (int)i));
    return database_columns_init(columns, names, count, err);
}

static struct database_value read_value(sqlite3_stmt *statement, int i) {
    struct database_value value = {DATABASE_NULL, 0, 0, {"", 0}};
    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER:
        value.type = DATABASE_INTEGER;
        value.integer = sqlite3_column_int64(statement, i);
        break;
    case SQLITE_FLOAT:
        value.type = DATABASE_REAL;
        value.real = sqlite3_column_double(statement, i);
        break;
    case SQLITE_TEXT:
        value.type = DATABASE_TEXT;
        value.bytes.ptr = (const char *)sqlite3_column_text(statement, i);
        value.bytes.len = (size_t)sqlite3_column_bytes(statement, i);
        break;
    case SQLITE_BLOB:
        value.type = DATABASE_BLOB;
        value.bytes.ptr = sqlite3_column_blob(statement, i);
        value.bytes.len = (size_t)sqlite3_column_bytes(statement, i);
        break;
    default:
        break;
    }
    if (value.bytes.ptr == NULL) /* an empty BLOB, or out of memory while converting */
        value.bytes = MCP_STR("");
    return value;
}

struct progress {
    struct database_sqlite *session;
    sqlite3_stmt *statement;
    const struct database_sink *sink;
    struct database_columns columns;
    struct database_value *values;
    struct database_losses losses;
    struct mcp_buf piece; /* rows not yet given to the sink */
    size_t given_bytes;
    struct database_tally tally;
};

static enum mcp_code flush(struct progress *progress, struct mcp_err *err) {
    MCP_TRY(mcp_buf_finish(&progress->piece, err));
    if (progress->piece.len == 0)
        return MCP_OK;
    progress->given_bytes += progress->piece.len;
    enum mcp_code code =
        progress->sink->rows(progress->sink->user, mcp_buf_view(&progress->piece), err);
    mcp_buf_clear(&progress->piece);
    return code;
}

/* One row into the piece; false in *out_fits when it would pass the byte cap. */
static enum mcp_code take_row(struct progress *progress, bool *out_fits, struct mcp_err *err) {
    size_t before = progress->piece.len;
    for (size_t i = 0; i < progress->columns.count; i++)
        progress->values[i] = read_value(progress->statement, (int)i);
    if (progress->tally.row_count > 0)
        mcp_buf_addc(&progress->piece, ',');
    database_result_add_row(&progress->piece, &progress->columns, progress->values,
                            &progress->losses);
    MCP_TRY(mcp_buf_finish(&progress->piece, err));
    size_t total = progress->given_bytes + progress->piece.len;
    *out_fits = total <= progress->session->limits.max_result_bytes;
    if (!*out_fits)
        progress->piece.len = before;
    else
        progress->tally.row_count++;
    return progress->piece.len >= PIECE_BYTES ? flush(progress, err) : MCP_OK;
}

static enum mcp_code step_rows(struct progress *progress, struct mcp_err *err) {
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(progress->statement)) == SQLITE_ROW) {
        bool fits = progress->tally.row_count < progress->session->limits.max_rows;
        if (fits)
            MCP_TRY(take_row(progress, &fits, err));
        if (!fits) {
            progress->tally.is_truncated = true;
            return flush(progress, err);
        }
    }
    if (rc != SQLITE_DONE)
        return database_sqlite_fail(progress->session, rc, MCP_STR(""), err);
    return flush(progress, err);
}

static enum mcp_code make_warnings(struct progress *progress, struct mcp_err *err) {
    mcp_buf_clear(&progress->piece);
    database_result_add_warnings(&progress->piece, &progress->losses);
    MCP_TRY(mcp_buf_finish(&progress->piece, err));
    return mcp_json_parse(mcp_buf_view(&progress->piece), &progress->tally.warnings, err);
}

static enum mcp_code run(struct progress *progress, struct mcp_err *err) {
    MCP_TRY(read_columns(progress->statement, &progress->columns, err));
    database_columns_write(&progress->columns, &progress->piece);
    MCP_TRY(mcp_buf_finish(&progress->piece, err));
    MCP_TRY(progress->sink->columns(progress->sink->user, mcp_buf_view(&progress->piece), err));
    mcp_buf_clear(&progress->piece);
    progress->values = mcp_alloc(progress->columns.count * sizeof *progress->values);
    if (progress->values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(step_rows(progress, err));
    return make_warnings(progress, err);
}

enum mcp_code database_sqlite_query(struct database_backend *backend, struct mcp_str sql,
                                    const struct database_sink *sink,
                                    struct database_tally *out_tally, struct mcp_err *err) {
    struct database_sqlite *session = (struct database_sqlite *)backend;
    MCP_AUTO(finalize) sqlite3_stmt *statement = NULL;
    session->stop_at_ms = mcp_clock_now_ms() + session->limits.deadline_ms;
    mcp_buf_clear(&session->denial);
    MCP_TRY(prepare(session, sql, &statement, err));
    struct progress progress = {.session = session,
                                .statement = statement,
                                .sink = sink,
                                .columns = {.text = MCP_BUF_INIT(0)},
                                .piece = MCP_BUF_INIT((size_t)16 << 20)};
    enum mcp_code code = run(&progress, err);
    database_columns_deinit(&progress.columns);
    mcp_buf_deinit(&progress.piece);
    mcp_free(progress.values);
    if (code == MCP_OK)
        *out_tally = progress.tally;
    return code;
}
