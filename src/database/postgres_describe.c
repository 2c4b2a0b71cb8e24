/* SPDX-License-Identifier: MIT */
/* postgres_describe.c - see postgres_session.h: the catalogue, by fixed statements of our own. */
#include <string.h>

#include "database/postgres_session.h"
#include "mcp/alloc.h"

enum { MAX_TEXT_BYTES = 1 << 20, MAX_COUNTED = 200, COUNT_BELOW = 100000 };

/* What the role may read: tables by the name they have without a schema where the search path finds
 * them, else with it. The server writes the JSON. */
static const char tables_sql[] =
    "WITH tables AS (SELECT c.oid, c.relkind, c.reltuples, n.nspname, c.relname,"
    " CASE WHEN pg_catalog.pg_table_is_visible(c.oid) AND c.relname !~ '\\.' THEN c.relname::text"
    "  ELSE n.nspname || '.' || c.relname END AS name"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition"
    " AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
    " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
    " AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')),"
    " columns AS (SELECT a.attrelid, a.attnum, a.attname::text AS name,"
    " pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS is_required,"
    " EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary"
    "  AND a.attnum = ANY (i.indkey::int2[])) AS is_key,"
    " pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS value,"
    " pg_catalog.col_description(a.attrelid, a.attnum) AS text"
    " FROM tables t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid"
    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE a.attnum > 0 AND NOT a.attisdropped"
    " AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')),"
    " keys AS (SELECT k.conrelid, k.conname, f.name AS target,"
    " (SELECT pg_catalog.json_agg(c.name ORDER BY u.place)"
    "  FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u(number, place)"
    "  JOIN columns c ON c.attrelid = k.conrelid AND c.attnum = u.number) AS columns,"
    " (SELECT pg_catalog.json_agg(c.name ORDER BY u.place)"
    "  FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u(number, place)"
    "  JOIN columns c ON c.attrelid = k.confrelid AND c.attnum = u.number) AS others"
    " FROM pg_catalog.pg_constraint k JOIN tables f ON f.oid = k.confrelid WHERE k.contype = 'f'),"
    " indexes AS (SELECT i.indrelid, c.relname::text AS name, i.indisunique AS is_unique,"
    " (SELECT pg_catalog.json_agg(o.name ORDER BY u.place)"
    "  FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, place)"
    "  JOIN columns o ON o.attrelid = i.indrelid AND o.attnum = u.number) AS columns"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
    " WHERE NOT i.indisprimary AND i.indisvalid)"
    " SELECT t.name, pg_catalog.json_build_object("
    " 'type', CASE t.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'"
    "  WHEN 'f' THEN 'foreign table' ELSE 'table' END,"
    " 'columns', (SELECT pg_catalog.json_agg(pg_catalog.json_strip_nulls("
    "  pg_catalog.json_build_object('name', c.name, 'type', c.type, 'nullable',"
    "  NOT c.is_required, 'primary_key', c.is_key, 'default', c.value, 'description', c.text))"
    "  ORDER BY c.attnum) FROM columns c WHERE c.attrelid = t.oid),"
    " 'foreign_keys', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object("
    "  'table', k.target, 'columns', k.columns, 'references', k.others) ORDER BY k.conname)"
    "  FROM keys k WHERE k.conrelid = t.oid AND k.columns IS NOT NULL AND k.others IS NOT NULL),"
    "  '[]'),"
    " 'indexes', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object("
    "  'name', i.name, 'unique', i.is_unique, 'columns', i.columns) ORDER BY i.name)"
    "  FROM indexes i WHERE i.indrelid = t.oid AND i.columns IS NOT NULL), '[]')),"
    " pg_catalog.obj_description(t.oid, 'pg_class'),"
    " pg_catalog.format('%I.%I', t.nspname, t.relname),"
    " CASE WHEN t.relkind IN ('r', 'p', 'm') THEN t.reltuples::bigint ELSE -2 END"
    " FROM tables t ORDER BY t.name";

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* A table of unknown or modest size is counted, a large one is estimated, a view is neither. */
static bool is_counted(const PGresult *rows, int i) {
    const char *estimate = PQgetvalue(rows, i, 4);
    return i < MAX_COUNTED && strcmp(estimate, "-2") != 0 && strlen(estimate) < 6;
}

static enum mcp_code add_table(const PGresult *rows, int i, json_t *tables, struct mcp_err *err) {
    json_t *entry MCP_AUTO(mcp_json_decref) = NULL;
    const char *estimate = PQgetvalue(rows, i, 4);
    MCP_TRY(mcp_json_parse(mcp_str_of(PQgetvalue(rows, i, 1)), &entry, err));
    json_t *count = json_null();
    if (!is_counted(rows, i) && strcmp(estimate, "-2") != 0) {
        MCP_TRY(mcp_json_parse(mcp_str_of(estimate), &count, err));
        if (json_object_set_new(entry, "row_count_is_estimate", json_true()) != 0)
            return out_of_memory(err);
    }
    bool has_text = !PQgetisnull(rows, i, 2);
    if (json_object_set_new(entry, "row_count", count) != 0 ||
        (has_text &&
         json_object_set_new(entry, "description", json_string(PQgetvalue(rows, i, 2))) != 0) ||
        json_object_set(tables, PQgetvalue(rows, i, 0), entry) != 0)
        return out_of_memory(err);
    return MCP_OK;
}

static void add_literal(struct mcp_buf *out, const char *text) {
    mcp_buf_addc(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            mcp_buf_addc(out, '\'');
        mcp_buf_addc(out, *text);
    }
    mcp_buf_addc(out, '\'');
}

/* All counts in one statement; when it takes too long, or fails, they stay null. */
static void add_counts(struct database_postgres *session, const PGresult *rows, json_t *tables) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(MAX_TEXT_BYTES);
    PGresult *counts MCP_AUTO(database_postgres_clear) = NULL;
    for (int i = 0; i < PQntuples(rows); i++) {
        if (!is_counted(rows, i))
            continue;
        mcp_buf_add(&sql, sql.len > 0 ? MCP_STR(" UNION ALL SELECT ") : MCP_STR("SELECT "));
        add_literal(&sql, PQgetvalue(rows, i, 0));
        mcp_buf_addf(&sql, ", count(*) FROM %s", PQgetvalue(rows, i, 3));
    }
    if (sql.len == 0 || mcp_buf_finish(&sql, NULL) != MCP_OK ||
        database_postgres_begin(session, NULL) != MCP_OK ||
        database_postgres_run(session, sql.data, NULL, 0, &counts, NULL) != MCP_OK)
        return;
    for (int i = 0; i < PQntuples(counts); i++) {
        json_t *count = NULL;
        json_t *entry = json_object_get(tables, PQgetvalue(counts, i, 0));
        if (mcp_json_parse(mcp_str_of(PQgetvalue(counts, i, 1)), &count, NULL) == MCP_OK)
            (void)json_object_set_new(entry, "row_count", count);
    }
}

/* The server makes them anew whenever it likes. */
static void forget_estimates(json_t *tables) {
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach(tables, name, entry) {
        (void)json_object_del(entry, "row_count");
        (void)json_object_del(entry, "row_count_is_estimate");
    }
}

static enum mcp_code read_tables(struct database_postgres *session, PGresult **out_rows,
                                 struct mcp_err *err) {
    MCP_TRY(database_postgres_begin(session, err));
    session->checked_ms = 0;
    MCP_TRY(database_postgres_check_exposure(session, err));
    return database_postgres_run(session, tables_sql, NULL, 0, out_rows, err);
}

static enum mcp_code describe(struct database_postgres *session, json_t *catalogue, bool has_counts,
                              struct mcp_err *err) {
    PGresult *rows MCP_AUTO(database_postgres_clear) = NULL;
    json_t *tables = json_object_get(catalogue, "tables");
    MCP_TRY(read_tables(session, &rows, err));
    for (int i = 0; i < PQntuples(rows); i++)
        MCP_TRY(add_table(rows, i, tables, err));
    if (!database_postgres_end(session))
        return MCP_FAIL(err, MCP_E_IO, "the connection to the database was lost; try again");
    if (has_counts)
        add_counts(session, rows, tables);
    else
        forget_estimates(tables);
    return MCP_OK;
}

static enum mcp_code make_catalogue(struct database_backend *backend, bool has_counts,
                                    json_t **out_catalogue, struct mcp_err *err) {
    struct database_postgres *session = (struct database_postgres *)backend;
    json_t *catalogue MCP_AUTO(mcp_json_decref) = json_pack(
        "{s:s, s:{}, s:O}", "engine", "postgresql", "tables", "warnings", session->warnings);
    if (catalogue == NULL)
        return out_of_memory(err);
    enum mcp_code code = describe(session, catalogue, has_counts, err);
    (void)database_postgres_end(session);
    if (code == MCP_OK)
        *out_catalogue = MCP_TAKE(catalogue);
    return code;
}

enum mcp_code database_postgres_describe(struct database_backend *backend, json_t **out_catalogue,
                                         struct mcp_err *err) {
    return make_catalogue(backend, true, out_catalogue, err);
}

enum mcp_code database_postgres_outline(struct database_backend *backend, json_t **out_catalogue,
                                        struct mcp_err *err) {
    return make_catalogue(backend, false, out_catalogue, err);
}
