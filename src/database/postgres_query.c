/* SPDX-License-Identifier: MIT */
/* postgres_query.c - see postgres_session.h: run one statement, encode its rows as they arrive. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "database/postgres_plan.h"
#include "database/postgres_session.h"
#include "database/postgres_value.h"
#include "database/rows_out.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"

enum {
    FIRST_BATCH = 100, /* rows; a batch is read whole even when the caps are met within it */
    NEXT_BATCH = 500,
    MAX_VALUES_BYTES = 1 << 20,
    MAX_LIST_BYTES = 1 << 16,
    MAX_CELL_BYTES = 256 << 20,
    MAX_TYPES = 2000, /* remembered */
    MAX_PLAN_BYTES = 8 << 20
};

struct run {
    struct database_postgres *session;
    const struct database_request *request;
    const struct database_sink *sink;
    struct database_scan scan;
    struct database_columns columns;
    struct database_value *values;
    struct mcp_buf *cells; /* storage of the values */
    struct database_rows_out out;
    struct database_tally tally;
    size_t max_rows;
    bool is_full; /* the bytes do not fit; the row cap is seen in the count */
};

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static void type_key(const PGresult *shape, int i, char *out, size_t size) {
    (void)snprintf(out, size, "%u:%d", PQftype(shape, i), PQfmod(shape, i));
}

/* The types whose names are not known yet, as two arrays; most queries have none. */
static enum mcp_code list_types(const struct run *run, const PGresult *shape, struct mcp_buf *oids,
                                struct mcp_buf *modifiers, struct mcp_err *err) {
    char key[32];
    for (int i = 0; i < PQnfields(shape); i++) {
        type_key(shape, i, key, sizeof key);
        if (mcp_map_get(run->session->types, mcp_str_of(key)) != NULL)
            continue;
        mcp_buf_addf(oids, "%c%u", oids->len == 0 ? '{' : ',', PQftype(shape, i));
        mcp_buf_addf(modifiers, "%c%d", modifiers->len == 0 ? '{' : ',', PQfmod(shape, i));
    }
    mcp_buf_addc(oids, '}');
    mcp_buf_addc(modifiers, '}');
    MCP_TRY(mcp_buf_finish(oids, err));
    return mcp_buf_finish(modifiers, err);
}

static enum mcp_code remember_types(struct mcp_map *types, const PGresult *names,
                                    struct mcp_err *err) {
    if (mcp_map_count(types) > MAX_TYPES)
        mcp_map_clear(types);
    for (int i = 0; i < PQntuples(names); i++) {
        char *name MCP_AUTO(mcp_freep) = mcp_strdup(PQgetvalue(names, i, 1));
        if (name == NULL)
            return out_of_memory(err);
        MCP_TRY(mcp_map_put(types, mcp_str_of(PQgetvalue(names, i, 0)), name, err));
        (void)MCP_TAKE(name);
    }
    return MCP_OK;
}

static enum mcp_code learn_types(struct run *run, const PGresult *shape, struct mcp_err *err) {
    static const char sql[] = "SELECT o || ':' || m, pg_catalog.format_type(o::oid, m::int)"
                              " FROM unnest($1::text[], $2::text[]) AS t(o, m)";
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf oids = MCP_BUF_INIT(MAX_LIST_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf modifiers = MCP_BUF_INIT(MAX_LIST_BYTES);
    MCP_TRY(list_types(run, shape, &oids, &modifiers, err));
    if (oids.len == 1)
        return MCP_OK;
    const char *params[2] = {oids.data, modifiers.data};
    PGresult *names MCP_AUTO(database_postgres_clear) = NULL;
    MCP_TRY(database_postgres_run(run->session, sql, params, 2, &names, err));
    return remember_types(run->session->types, names, err);
}

static enum mcp_code name_types(struct run *run, const PGresult *shape, struct mcp_err *err) {
    char key[32];
    run->tally.types = json_array();
    MCP_TRY(learn_types(run, shape, err));
    for (int i = 0; i < PQnfields(shape); i++) {
        type_key(shape, i, key, sizeof key);
        const char *name = mcp_map_get(run->session->types, mcp_str_of(key));
        if (json_array_append_new(run->tally.types,
                                  name != NULL ? json_string(name) : json_null()) != 0)
            return out_of_memory(err);
    }
    return MCP_OK;
}

/* Columns and storage by the shape the server describes. */
static enum mcp_code take_shape(struct run *run, const PGresult *shape, struct mcp_err *err) {
    size_t count = (size_t)PQnfields(shape);
    struct mcp_str *names MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *names);
    run->values = mcp_alloc((count + 1) * sizeof *run->values);
    run->cells = mcp_alloc((count + 1) * sizeof *run->cells);
    if (names == NULL || run->values == NULL || run->cells == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < count; i++) {
        names[i] = mcp_str_of(PQfname(shape, (int)i));
        run->cells[i] = (struct mcp_buf)MCP_BUF_INIT(MAX_CELL_BYTES);
    }
    MCP_TRY(database_columns_init(&run->columns, names, count, err));
    MCP_TRY(name_types(run, shape, err));
    return database_rows_out_begin(&run->out, run->sink, &run->columns, run->request->format,
                                   run->session->limits.max_result_bytes, err);
}

static enum mcp_code describe_statement(struct run *run, PGresult **out, struct mcp_err *err) {
    *out = PQdescribePrepared(run->session->conn, "");
    return database_postgres_check(run->session, *out, SIZE_MAX, err);
}

/* A bare placeholder is null; every one has a name when they are named. */
static enum mcp_code name_parameters(struct run *run, const PGresult *statement,
                                     struct mcp_err *err) {
    int count = PQnparams(statement);
    run->tally.parameters = json_array();
    for (int i = 0; i < count; i++) {
        json_t *name = json_array_get(run->scan.parameters, (size_t)i);
        json_t *item = name != NULL ? json_incref(name) : json_sprintf("$%d", i + 1);
        if (json_array_append_new(run->tally.parameters, item) != 0)
            return out_of_memory(err);
    }
    return run->tally.parameters != NULL ? MCP_OK : out_of_memory(err);
}

static enum mcp_code read_row(struct run *run, const PGresult *row, struct mcp_err *err) {
    for (int i = 0; i < (int)run->columns.count; i++) {
        struct mcp_str text = {NULL, 0};
        if (!PQgetisnull(row, 0, i))
            text = (struct mcp_str){PQgetvalue(row, 0, i), (size_t)PQgetlength(row, 0, i)};
        MCP_TRY(database_postgres_value(PQftype(row, i), text, run->request->has_exact_integers,
                                        &run->cells[i], &run->values[i], err));
    }
    return MCP_OK;
}

static enum mcp_code take_row(struct run *run, const PGresult *row, struct mcp_err *err) {
    bool fits = run->out.row_count < run->max_rows && !run->is_full;
    if (fits) {
        MCP_TRY(read_row(run, row, err));
        MCP_TRY(database_rows_out_add(&run->out, run->values, &fits, err));
    }
    run->is_full = run->is_full || !fits;
    return MCP_OK;
}

/* Every result is fetched, also after a failure: the connection is of no use before. */
static enum mcp_code take_batch(struct run *run, size_t *out_count, struct mcp_err *err) {
    PGconn *conn = run->session->conn;
    enum mcp_code code = MCP_OK;
    bool has_ended = false;
    *out_count = 0;
    while (!has_ended) {
        PGresult *result MCP_AUTO(database_postgres_clear) = PQgetResult(conn);
        has_ended = result == NULL;
        if (has_ended || code != MCP_OK)
            continue;
        code = database_postgres_check(run->session, result, SIZE_MAX, err);
        if (code == MCP_OK && PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
            (*out_count)++;
            code = take_row(run, result, err);
        }
    }
    return code;
}

static enum mcp_code fetch(struct run *run, size_t count, size_t *out_count, struct mcp_err *err) {
    char text[64];
    (void)snprintf(text, sizeof text, "FETCH %zu FROM c", count);
    if (PQsendQuery(run->session->conn, text) == 0 || PQsetSingleRowMode(run->session->conn) == 0)
        return MCP_FAIL(err, MCP_E_IO, "the connection to the database was lost; try again");
    return take_batch(run, out_count, err);
}

/* The whole statement has one deadline; the server's clock is wound anew for each batch. */
static enum mcp_code set_remaining(struct run *run, struct mcp_err *err) {
    char text[64];
    uint64_t now_ms = mcp_clock_now_ms();
    if (now_ms >= run->session->stop_ms)
        return MCP_FAIL(err, MCP_E_TIMEOUT,
                        "the query took longer than %" PRIu64 " ms; narrow it with WHERE or LIMIT",
                        run->session->limits.deadline_ms);
    (void)snprintf(text, sizeof text, "SET LOCAL statement_timeout = %" PRIu64,
                   run->session->stop_ms - now_ms);
    return database_postgres_run(run->session, text, NULL, 0, NULL, err);
}

/* One row more than is shown, to know whether there are more. */
static enum mcp_code fetch_all(struct run *run, struct mcp_err *err) {
    size_t left = run->max_rows + 1;
    size_t batch = FIRST_BATCH;
    bool has_more = true;
    while (has_more) {
        size_t got = 0;
        size_t wanted = left < batch ? left : batch;
        MCP_TRY(set_remaining(run, err));
        MCP_TRY(fetch(run, wanted, &got, err));
        left -= got;
        has_more = got == wanted && left > 0 && !run->is_full;
        batch = NEXT_BATCH;
    }
    run->tally.is_truncated = run->is_full;
    return MCP_OK;
}

static enum mcp_code finish_rows(struct run *run, struct mcp_err *err) {
    run->tally.row_count = run->out.row_count;
    return database_rows_out_end(&run->out, &run->tally.warnings, err);
}

static enum mcp_code bind(struct run *run, size_t count, struct mcp_buf *storage,
                          const char ***out_values, struct mcp_err *err) {
    const char **values MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *values);
    if (values == NULL)
        return out_of_memory(err);
    MCP_TRY(database_postgres_bind(run->request, &run->scan, count, storage, values, err));
    *out_values = MCP_TAKE(values);
    return MCP_OK;
}

static enum mcp_code run_cursor(struct run *run, size_t count, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf storage = MCP_BUF_INIT(MAX_VALUES_BYTES);
    const char **values MCP_AUTO(mcp_freep) = NULL;
    MCP_TRY(bind(run, count, &storage, &values, err));
    PGresult *opened MCP_AUTO(database_postgres_clear) =
        PQexecPrepared(run->session->conn, "", (int)count, values, NULL, NULL, 0);
    MCP_TRY(database_postgres_check(run->session, opened, database_postgres_shift(), err));
    PGresult *shape MCP_AUTO(database_postgres_clear) = PQdescribePortal(run->session->conn, "c");
    MCP_TRY(database_postgres_check(run->session, shape, SIZE_MAX, err));
    MCP_TRY(take_shape(run, shape, err));
    MCP_TRY(fetch_all(run, err));
    return finish_rows(run, err);
}

/* Compiled alone, now that it is known to be a query: nothing is planned or run. */
static enum mcp_code run_validation(struct run *run, struct mcp_err *err) {
    PGresult *compiled MCP_AUTO(database_postgres_clear) =
        PQprepare(run->session->conn, "", run->scan.text.data, 0, NULL);
    PGresult *shape MCP_AUTO(database_postgres_clear) = NULL;
    MCP_TRY(database_postgres_check(run->session, compiled, 0, err));
    MCP_TRY(describe_statement(run, &shape, err));
    MCP_TRY(take_shape(run, shape, err));
    return finish_rows(run, err);
}

static const struct mcp_str plan_names[] = {{"id", 2}, {"parent", 6}, {"detail", 6}};

static enum mcp_code add_plan_row(struct run *run, const json_t *row, struct mcp_err *err) {
    struct database_value cells[MCP_COUNT(plan_names)];
    bool fits = true;
    for (size_t i = 0; i < MCP_COUNT(plan_names); i++) {
        const json_t *cell = json_object_get(row, plan_names[i].ptr);
        cells[i] = (struct database_value){i < 2 ? DATABASE_INTEGER : DATABASE_TEXT,
                                           json_integer_value(cell), 0, mcp_json_str(cell)};
    }
    MCP_TRY(database_rows_out_add(&run->out, cells, &fits, err));
    run->is_full = !fits;
    return MCP_OK;
}

/* The columns of a plan are the same for every statement. */
static enum mcp_code begin_plan(struct run *run, struct mcp_err *err) {
    MCP_TRY(database_columns_init(&run->columns, plan_names, MCP_COUNT(plan_names), err));
    run->tally.types = json_pack("[s,s,s]", "integer", "integer", "text");
    return database_rows_out_begin(&run->out, run->sink, &run->columns, run->request->format,
                                   run->session->limits.max_result_bytes, err);
}

static enum mcp_code give_plan(struct run *run, const PGresult *plan, struct mcp_err *err) {
    json_t *rows MCP_AUTO(mcp_json_decref) = NULL;
    if (PQntuples(plan) != 1)
        return MCP_FAIL(err, MCP_E_PEER, "the database sent no plan");
    MCP_TRY(database_postgres_plan(mcp_str_of(PQgetvalue(plan, 0, 0)), &rows, err));
    MCP_TRY(begin_plan(run, err));
    for (size_t i = 0; i < json_array_size(rows) && !run->is_full; i++)
        MCP_TRY(add_plan_row(run, json_array_get(rows, i), err));
    run->tally.is_truncated = run->is_full;
    return finish_rows(run, err);
}

/* A placeholder without a value would be planned as NULL, which no row equals: the plan is one for
 * any value then. */
static enum mcp_code run_generic_plan(struct run *run, size_t count, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_PLAN_BYTES);
    PGresult *plan MCP_AUTO(database_postgres_clear) = NULL;
    PGresult *compiled MCP_AUTO(database_postgres_clear) =
        PQprepare(run->session->conn, "explained", run->scan.text.data, 0, NULL);
    MCP_TRY(database_postgres_check(run->session, compiled, 0, err));
    MCP_TRY(database_postgres_run(run->session, "SET LOCAL plan_cache_mode = force_generic_plan",
                                  NULL, 0, NULL, err));
    mcp_buf_add(&text, MCP_STR("EXPLAIN (FORMAT JSON) EXECUTE explained(NULL"));
    for (size_t i = 1; i < count; i++)
        mcp_buf_add(&text, MCP_STR(", NULL"));
    mcp_buf_addc(&text, ')');
    MCP_TRY(mcp_buf_finish(&text, err));
    MCP_TRY(database_postgres_run(run->session, text.data, NULL, 0, &plan, err));
    return give_plan(run, plan, err);
}

static enum mcp_code run_plan(struct run *run, size_t count, struct mcp_err *err) {
    static const char explain[] = "EXPLAIN (FORMAT JSON) ";
    if (count > 0 && run->request->params == NULL)
        return run_generic_plan(run, count, err);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf storage = MCP_BUF_INIT(MAX_VALUES_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_PLAN_BYTES);
    const char **values MCP_AUTO(mcp_freep) = NULL;
    MCP_TRY(bind(run, count, &storage, &values, err));
    mcp_buf_add(&text, MCP_STR(explain));
    mcp_buf_add(&text, mcp_buf_view(&run->scan.text));
    MCP_TRY(mcp_buf_finish(&text, err));
    PGresult *plan MCP_AUTO(database_postgres_clear) =
        PQexecParams(run->session->conn, text.data, (int)count, NULL, values, NULL, NULL, 0);
    MCP_TRY(database_postgres_check(run->session, plan, sizeof explain - 1, err));
    return give_plan(run, plan, err);
}

static enum mcp_code run_in_transaction(struct run *run, struct mcp_err *err) {
    PGresult *statement MCP_AUTO(database_postgres_clear) = NULL;
    MCP_TRY(database_postgres_check_exposure(run->session, err));
    MCP_TRY(database_postgres_prepare(run->session, &run->scan, err));
    MCP_TRY(describe_statement(run, &statement, err));
    MCP_TRY(name_parameters(run, statement, err));
    size_t count = (size_t)PQnparams(statement);
    switch (run->request->purpose) {
    case DATABASE_VALIDATE:
        return run_validation(run, err);
    case DATABASE_EXPLAIN:
        return run_plan(run, count, err);
    case DATABASE_RUN:
        break;
    }
    return run_cursor(run, count, err);
}

static void free_run(struct run *run) {
    for (size_t i = 0; run->cells != NULL && i < run->columns.count; i++)
        mcp_buf_deinit(&run->cells[i]);
    mcp_free(run->cells);
    mcp_free(run->values);
    database_rows_out_deinit(&run->out);
    database_columns_deinit(&run->columns);
    database_scan_deinit(&run->scan);
}

static enum mcp_code scan(struct run *run, struct mcp_err *err) {
    const struct database_request *request = run->request;
    if (request->sql.len > run->session->limits.max_query_bytes)
        return MCP_FAIL(err, MCP_E_LIMIT, "the query is longer than %zu bytes",
                        run->session->limits.max_query_bytes);
    return database_scan_make(request->sql, json_is_object(request->params), &run->scan, err);
}

enum mcp_code database_postgres_query(struct database_backend *backend,
                                      const struct database_request *request,
                                      const struct database_sink *sink,
                                      struct database_tally *out_tally, struct mcp_err *err) {
    struct database_postgres *session = (struct database_postgres *)backend;
    size_t cap = session->limits.max_rows;
    struct mcp_err why = {0};
    struct run run = {
        .session = session,
        .request = request,
        .sink = sink,
        .columns = DATABASE_COLUMNS_INIT,
        .max_rows = request->max_rows > 0 && request->max_rows < cap ? request->max_rows : cap};
    enum mcp_code code = scan(&run, &why);
    if (code == MCP_OK) {
        code = database_postgres_begin(session, &why);
        if (code == MCP_OK)
            code = run_in_transaction(&run, &why);
        if (database_postgres_end(session) && code != MCP_OK)
            database_postgres_hint(session, &why);
    }
    free_run(&run);
    if (code == MCP_OK)
        *out_tally = run.tally;
    else
        database_tally_deinit(&run.tally);
    if (code != MCP_OK && err != NULL)
        *err = why;
    return code;
}
