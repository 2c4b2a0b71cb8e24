/* SPDX-License-Identifier: MIT */
/* sqlite_query.c - see sqlite_session.h: run one statement, encode its rows as they are stepped. */
#include <string.h>

#include "database/result.h"
#include "database/rows_text.h"
#include "database/sqlite_session.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"

enum { PIECE_BYTES = 32 * 1024 };
static const int64_t exact_in_double = (int64_t)1 << 53;

struct progress {
    struct database_sqlite *session;
    sqlite3_stmt *statement;
    const struct database_request *request;
    const struct database_sink *sink;
    bool is_plan;
    struct database_columns columns;
    struct database_value *values;
    struct database_losses losses;
    struct mcp_buf piece;  /* rows not yet given to the sink */
    struct mcp_buf text;   /* the same as CSV or Markdown */
    struct mcp_buf detail; /* a line of a plan without what it must not name */
    size_t given_bytes;
    size_t max_rows;
    struct database_tally tally;
};

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code read_columns(struct progress *progress, struct mcp_err *err) {
    size_t count = (size_t)sqlite3_column_count(progress->statement);
    struct mcp_str *names MCP_AUTO(mcp_freep) = mcp_alloc(count * sizeof *names);
    progress->tally.types = json_array();
    if (names == NULL || progress->tally.types == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < count; i++) {
        const char *type = sqlite3_column_decltype(progress->statement, (int)i);
        names[i] = mcp_str_of(sqlite3_column_name(progress->statement, (int)i));
        if (json_array_append_new(progress->tally.types,
                                  type != NULL ? json_string(type) : json_null()) != 0)
            return out_of_memory(err);
    }
    return database_columns_init(&progress->columns, names, count, err);
}

static enum mcp_code read_parameters(struct progress *progress, struct mcp_err *err) {
    int count = sqlite3_bind_parameter_count(progress->statement);
    progress->tally.parameters = json_array();
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(progress->statement, i);
        if (json_array_append_new(progress->tally.parameters,
                                  name != NULL ? json_string(name) : json_null()) != 0)
            return out_of_memory(err);
    }
    return progress->tally.parameters != NULL ? MCP_OK : out_of_memory(err);
}

static void read_integer(struct database_value *value, int64_t integer, bool has_exact) {
    bool is_beyond = integer > exact_in_double || integer < -exact_in_double;
    value->type = has_exact && is_beyond ? DATABASE_EXACT_INTEGER : DATABASE_INTEGER;
    value->integer = integer;
}

/* "SEARCH t USING INDEX name (a=?)": without the name when nobody is to know it. */
static struct mcp_str conceal(struct progress *progress, struct mcp_str text) {
    static const char mark[] = " INDEX ";
    const char *at = strstr(text.ptr, mark);
    if (at == NULL)
        return text;
    const char *name = at + sizeof mark - 1;
    const char *after = strstr(name, " (");
    size_t len = after != NULL ? (size_t)(after - name) : strlen(name);
    char *copy = sqlite3_mprintf("%.*s", (int)len, name);
    bool is_concealed = copy == NULL || database_sqlite_conceals(progress->session, copy);
    sqlite3_free(copy);
    if (!is_concealed)
        return text;
    mcp_buf_clear(&progress->detail);
    mcp_buf_add(&progress->detail, (struct mcp_str){text.ptr, (size_t)(name - text.ptr) - 1});
    mcp_buf_add(&progress->detail, mcp_str_of(name + len));
    return mcp_buf_view(&progress->detail);
}

static struct database_value read_value(struct progress *progress, int i) {
    sqlite3_stmt *statement = progress->statement;
    struct database_value value = {DATABASE_NULL, 0, 0, {"", 0}};
    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER:
        read_integer(&value, sqlite3_column_int64(statement, i),
                     progress->request->has_exact_integers);
        break;
    case SQLITE_FLOAT:
        value.type = DATABASE_REAL;
        value.real = sqlite3_column_double(statement, i);
        break;
    case SQLITE_TEXT:
        value.type = DATABASE_TEXT;
        value.bytes.ptr = (const char *)sqlite3_column_text(statement, i);
        value.bytes.len = (size_t)sqlite3_column_bytes(statement, i);
        if (progress->is_plan && value.bytes.ptr != NULL)
            value.bytes = conceal(progress, value.bytes);
        break;
    case SQLITE_BLOB:
        value.type = DATABASE_BLOB;
        value.bytes.ptr = sqlite3_column_blob(statement, i);
        value.bytes.len = (size_t)sqlite3_column_bytes(statement, i);
        break;
    default:
        break;
    }
    if (value.bytes.ptr == NULL) /* an empty BLOB; lack of memory is seen by the caller */
        value.bytes = MCP_STR("");
    return value;
}

static enum mcp_code give(struct progress *progress, struct mcp_buf *piece,
                          enum mcp_code (*to)(void *, struct mcp_str, struct mcp_err *),
                          struct mcp_err *err) {
    MCP_TRY(mcp_buf_finish(piece, err));
    enum mcp_code code =
        piece->len > 0 ? to(progress->sink->user, mcp_buf_view(piece), err) : MCP_OK;
    mcp_buf_clear(piece);
    return code;
}

static enum mcp_code flush(struct progress *progress, struct mcp_err *err) {
    progress->given_bytes += progress->piece.len;
    MCP_TRY(give(progress, &progress->piece, progress->sink->rows, err));
    return progress->request->format == DATABASE_JSON
               ? MCP_OK
               : give(progress, &progress->text, progress->sink->text, err);
}

static enum mcp_code read_row(struct progress *progress, struct mcp_err *err) {
    for (size_t i = 0; i < progress->columns.count; i++)
        progress->values[i] = read_value(progress, (int)i);
    /* a text that could not be converted reads as NULL: that would be a wrong answer */
    int rc = sqlite3_errcode(progress->session->db);
    return rc == SQLITE_NOMEM ? database_sqlite_fail(progress->session, rc, MCP_STR(""), err)
                              : MCP_OK;
}

/* One row into the piece; false in *out_fits, and nothing added, when it would pass the byte cap.
 */
static enum mcp_code take_row(struct progress *progress, bool *out_fits, struct mcp_err *err) {
    size_t before = progress->piece.len;
    struct database_losses losses = progress->losses;
    MCP_TRY(read_row(progress, err));
    if (progress->tally.row_count > 0)
        mcp_buf_addc(&progress->piece, ',');
    database_result_add_row(&progress->piece, &progress->columns, progress->values,
                            &progress->losses);
    size_t total = progress->given_bytes + progress->piece.len;
    *out_fits =
        progress->piece.status == MCP_OK && total <= progress->session->limits.max_result_bytes;
    if (!*out_fits) {
        if (progress->piece.status == MCP_E_NOMEM)
            return out_of_memory(err);
        progress->piece.status = MCP_OK; /* its ceiling is the byte cap */
        progress->piece.len = before;
        progress->losses = losses;
        return MCP_OK;
    }
    if (progress->request->format != DATABASE_JSON)
        database_rows_text_add(&progress->text, progress->request->format, progress->values,
                               progress->columns.count);
    progress->tally.row_count++;
    return progress->piece.len >= PIECE_BYTES ? flush(progress, err) : MCP_OK;
}

static enum mcp_code step_rows(struct progress *progress, struct mcp_err *err) {
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(progress->statement)) == SQLITE_ROW) {
        bool fits = progress->tally.row_count < progress->max_rows;
        if (fits)
            MCP_TRY(take_row(progress, &fits, err));
        if (!fits) {
            progress->tally.is_truncated = true;
            return flush(progress, err);
        }
    }
    if (rc != SQLITE_DONE)
        return database_sqlite_fail(progress->session, rc, progress->request->sql, err);
    return flush(progress, err);
}

static enum mcp_code make_warnings(struct progress *progress, struct mcp_err *err) {
    const struct database_losses none = {0};
    if (memcmp(&progress->losses, &none, sizeof none) == 0) {
        progress->tally.warnings = json_array();
        return progress->tally.warnings != NULL ? MCP_OK : out_of_memory(err);
    }
    mcp_buf_clear(&progress->piece);
    database_result_add_warnings(&progress->piece, &progress->losses);
    MCP_TRY(mcp_buf_finish(&progress->piece, err));
    return mcp_json_parse(mcp_buf_view(&progress->piece), &progress->tally.warnings, err);
}

static enum mcp_code give_columns(struct progress *progress, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf names = MCP_BUF_INIT((size_t)4 << 20);
    database_columns_write(&progress->columns, &names);
    MCP_TRY(mcp_buf_finish(&names, err));
    return progress->sink->columns(progress->sink->user, mcp_buf_view(&names), err);
}

static enum mcp_code run(struct progress *progress, struct mcp_err *err) {
    MCP_TRY(read_columns(progress, err));
    MCP_TRY(read_parameters(progress, err));
    MCP_TRY(give_columns(progress, err));
    progress->values = mcp_alloc(progress->columns.count * sizeof *progress->values);
    if (progress->values == NULL)
        return out_of_memory(err);
    if (progress->request->format != DATABASE_JSON)
        database_rows_text_head(&progress->text, progress->request->format, &progress->columns);
    progress->session->policy.is_stepping = true;
    if (progress->request->purpose != DATABASE_VALIDATE)
        MCP_TRY(step_rows(progress, err));
    return make_warnings(progress, err);
}

static enum mcp_code prepare_and_run(struct progress *progress, struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *statement = NULL;
    MCP_TRY(database_sqlite_prepare(progress->session, progress->request, &statement, err));
    progress->statement = statement;
    progress->is_plan = sqlite3_stmt_isexplain(statement) == 2;
    MCP_TRY(run(progress, err));
    if (progress->request->purpose == DATABASE_RUN)
        database_sqlite_keep(progress->session, progress->request->sql, &statement);
    return MCP_OK;
}

static size_t row_cap(const struct database_sqlite *session,
                      const struct database_request *request) {
    bool is_lower = request->max_rows > 0 && request->max_rows < session->limits.max_rows;
    return is_lower ? request->max_rows : session->limits.max_rows;
}

enum mcp_code database_sqlite_query(struct database_backend *backend,
                                    const struct database_request *request,
                                    const struct database_sink *sink,
                                    struct database_tally *out_tally, struct mcp_err *err) {
    struct database_sqlite *session = (struct database_sqlite *)backend;
    session->stop_at_ms = mcp_clock_now_ms() + session->limits.deadline_ms;
    MCP_TRY(database_sqlite_begin(session, err));
    session->sql = request->sql;
    struct progress progress = {.session = session,
                                .request = request,
                                .sink = sink,
                                .max_rows = row_cap(session, request),
                                .columns = DATABASE_COLUMNS_INIT,
                                /* a byte more than what can be given, plus a comma */
                                .piece = MCP_BUF_INIT(session->limits.max_result_bytes + 2),
                                .text =
                                    MCP_BUF_INIT(session->limits.max_result_bytes * 2 + (1 << 20)),
                                .detail = MCP_BUF_INIT(session->limits.max_result_bytes)};
    enum mcp_code code = prepare_and_run(&progress, err);
    session->sql = MCP_STR("");
    database_sqlite_end(session);
    database_columns_deinit(&progress.columns);
    mcp_buf_deinit(&progress.piece);
    mcp_buf_deinit(&progress.text);
    mcp_buf_deinit(&progress.detail);
    mcp_free(progress.values);
    if (code == MCP_OK)
        *out_tally = progress.tally;
    else
        database_tally_deinit(&progress.tally);
    return code;
}
