/* SPDX-License-Identifier: MIT */
/* sqlite_describe.c - see sqlite_session.h: the catalogue, by fixed statements of our own. */
#include <string.h>

#include "database/sqlite_session.h"
#include "mcp/clock.h"

static const char tables_sql[] =
    "SELECT name, type FROM pragma_table_list WHERE schema = 'main'"
    " AND type IN ('table','view','virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY "
    "name";
static const char columns_sql[] =
    "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1";
static const char keys_sql[] =
    "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq";
static const char indexes_sql[] = "SELECT l.name, l.\"unique\", i.name FROM pragma_index_list(?1) "
                                  "AS l, pragma_index_info(l.name) "
                                  "AS i WHERE l.origin = 'c' ORDER BY l.name, i.seqno";

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code prepare(struct database_sqlite *session, const char *sql, const char *table,
                             sqlite3_stmt **out, struct mcp_err *err) {
    int rc = sqlite3_prepare_v2(session->db, sql, -1, out, NULL);
    if (rc == SQLITE_OK && table != NULL)
        rc = sqlite3_bind_text(*out, 1, table, -1, SQLITE_STATIC);
    return rc == SQLITE_OK ? MCP_OK : database_sqlite_fail(session, rc, MCP_STR(""), err);
}

static json_t *text(sqlite3_stmt *row, int i) {
    const char *value = (const char *)sqlite3_column_text(row, i);
    return value != NULL ? json_string(value) : json_null();
}

static const char *chars(sqlite3_stmt *row, int i) {
    const char *value = (const char *)sqlite3_column_text(row, i);
    return value != NULL ? value : "";
}

static bool is_exposed(const struct database_sqlite *session, const char *table,
                       const char *column) {
    struct database_policy policy = session->policy;
    policy.is_internal = false;
    policy.is_stepping = false;
    return database_policy_decide(&policy, SQLITE_READ, table, column) != DATABASE_DENY;
}

static enum mcp_code done_or_fail(struct database_sqlite *session, int rc, struct mcp_err *err) {
    return rc == SQLITE_DONE ? MCP_OK : database_sqlite_fail(session, rc, MCP_STR(""), err);
}

/* A view over something that is gone is told as such; the rest of the catalogue is still true. */
static enum mcp_code columns_done(struct database_sqlite *session, int rc, json_t *entry,
                                  struct mcp_err *err) {
    if ((rc & 0xFF) != SQLITE_ERROR)
        return done_or_fail(session, rc, err);
    return json_object_set_new(entry, "problem", json_string(sqlite3_errmsg(session->db))) == 0
               ? MCP_OK
               : out_of_memory(err);
}

static enum mcp_code add_columns(struct database_sqlite *session, const char *table, json_t *entry,
                                 struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *row = NULL;
    json_t *columns = json_array();
    if (json_object_set_new(entry, "columns", columns) != 0)
        return out_of_memory(err);
    int rc = sqlite3_prepare_v2(session->db, columns_sql, -1, &row, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(row, 1, table, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(row);
        if (rc != SQLITE_ROW || !is_exposed(session, table, chars(row, 0)))
            continue;
        bool is_key = sqlite3_column_int(row, 4) > 0;
        json_t *column = json_pack(
            "{s:o, s:o, s:b, s:b}", "name", text(row, 0), "type", text(row, 1), "nullable",
            !is_key && sqlite3_column_int(row, 2) == 0, "primary_key", is_key);
        if (column == NULL || json_array_append_new(columns, column) != 0)
            return out_of_memory(err);
        if (sqlite3_column_type(row, 3) != SQLITE_NULL &&
            json_object_set_new(column, "default", text(row, 3)) != 0)
            return out_of_memory(err);
    }
    return columns_done(session, rc, entry, err);
}

/* Rows of one key or index follow each other; a new `id` starts the next object. */
static json_t *current_group(json_t *groups, json_t *id, const char *id_key) {
    json_t *last = json_array_get(groups, json_array_size(groups) - 1);
    bool is_same = last != NULL && json_equal(json_object_get(last, id_key), id);
    json_t *group = is_same ? last : json_object();
    if (!is_same &&
        (json_object_set(group, id_key, id) != 0 || json_array_append_new(groups, group) != 0))
        group = NULL;
    json_decref(id);
    return group;
}

static bool append_text(json_t *group, const char *key, json_t *value) {
    json_t *list = json_object_get(group, key);
    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(group, key, list) != 0) {
            json_decref(value);
            return false;
        }
    }
    return json_array_append_new(list, value) == 0;
}

static enum mcp_code add_keys(struct database_sqlite *session, const char *table, json_t *entry,
                              struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *row = NULL;
    json_t *keys = json_array();
    if (json_object_set_new(entry, "foreign_keys", keys) != 0)
        return out_of_memory(err);
    MCP_TRY(prepare(session, keys_sql, table, &row, err));
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        if (!is_exposed(session, chars(row, 1), chars(row, 3)) ||
            !is_exposed(session, table, chars(row, 2)))
            continue; /* what is hidden is not named either */
        json_t *key = current_group(keys, json_integer(sqlite3_column_int(row, 0)), "id");
        if (key == NULL || json_object_set_new(key, "table", text(row, 1)) != 0 ||
            !append_text(key, "columns", text(row, 2)) ||
            !append_text(key, "references", text(row, 3)))
            return out_of_memory(err);
    }
    for (size_t i = 0; i < json_array_size(keys); i++)
        (void)json_object_del(json_array_get(keys, i), "id");
    return done_or_fail(session, rc, err);
}

static enum mcp_code add_indexes(struct database_sqlite *session, const char *table, json_t *entry,
                                 struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *row = NULL;
    json_t *indexes = json_array();
    if (json_object_set_new(entry, "indexes", indexes) != 0)
        return out_of_memory(err);
    MCP_TRY(prepare(session, indexes_sql, table, &row, err));
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        if (database_sqlite_conceals(session, chars(row, 0)))
            continue;
        json_t *index = current_group(indexes, text(row, 0), "name");
        if (index == NULL ||
            json_object_set_new(index, "unique", json_boolean(sqlite3_column_int(row, 1))) != 0 ||
            !append_text(index, "columns", text(row, 2)))
            return out_of_memory(err);
    }
    return done_or_fail(session, rc, err);
}

/* As a client would: what a view calls is subject to the policy. A count that takes too long, or
 * fails, is null: the rest of the catalogue is still true. */
static enum mcp_code add_count(struct database_sqlite *session, const char *table, json_t *entry,
                               bool *out_is_refused, struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *row = NULL;
    char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", table);
    session->policy.is_internal = false;
    int rc = sql != NULL ? sqlite3_prepare_v2(session->db, sql, -1, &row, NULL) : SQLITE_NOMEM;
    session->policy.is_stepping = true;
    sqlite3_free(sql);
    json_t *count = rc == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW
                        ? json_integer(sqlite3_column_int64(row, 0))
                        : json_null();
    session->policy.is_stepping = false;
    *out_is_refused = session->denial.len > 0;
    mcp_buf_clear(&session->denial);
    return json_object_set_new(entry, "row_count", count) == 0 ? MCP_OK : out_of_memory(err);
}

static enum mcp_code add_counts(struct database_sqlite *session, json_t *tables,
                                struct mcp_err *err) {
    const char *name = NULL;
    void *next = NULL;
    json_t *entry = NULL;
    json_object_foreach_safe(tables, next, name, entry) {
        const char *type = json_string_value(json_object_get(entry, "type"));
        bool is_refused = false;
        MCP_TRY(add_count(session, name, entry, &is_refused, err));
        if (is_refused && type != NULL && strcmp(type, "view") == 0)
            (void)json_object_del(tables, name); /* over something hidden: nobody can read it */
    }
    return MCP_OK;
}

static enum mcp_code add_table(struct database_sqlite *session, sqlite3_stmt *row, json_t *tables,
                               struct mcp_err *err) {
    const char *name = chars(row, 0);
    bool is_whole = is_exposed(session, name, "");
    if (!is_whole && session->policy.allowed == NULL)
        return MCP_OK;
    json_t *entry = json_pack("{s:o}", "type", text(row, 1));
    if (entry == NULL || json_object_set_new(tables, name, entry) != 0)
        return out_of_memory(err);
    MCP_TRY(add_columns(session, name, entry, err));
    if (!is_whole && json_array_size(json_object_get(entry, "columns")) == 0) {
        (void)json_object_del(tables, name);
        return MCP_OK;
    }
    MCP_TRY(add_keys(session, name, entry, err));
    return add_indexes(session, name, entry, err);
}

static enum mcp_code add_tables(struct database_sqlite *session, json_t *tables,
                                struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *row = NULL;
    MCP_TRY(prepare(session, tables_sql, NULL, &row, err));
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW)
        MCP_TRY(add_table(session, row, tables, err));
    return done_or_fail(session, rc, err);
}

static enum mcp_code describe(struct database_sqlite *session, json_t *catalogue,
                              struct mcp_err *err) {
    json_t *tables = json_object_get(catalogue, "tables");
    session->policy.is_internal = true;
    enum mcp_code code = add_tables(session, tables, err);
    session->policy.is_internal = false;
    session->stop_at_ms = mcp_clock_now_ms() + session->limits.deadline_ms / 2;
    return code == MCP_OK ? add_counts(session, tables, err) : code;
}

enum mcp_code database_sqlite_describe(struct database_backend *backend, json_t **out_catalogue,
                                       struct mcp_err *err) {
    struct database_sqlite *session = (struct database_sqlite *)backend;
    json_auto_t *catalogue = json_pack("{s:s, s:{}}", "engine", "sqlite", "tables");
    if (catalogue == NULL)
        return out_of_memory(err);
    session->stop_at_ms = mcp_clock_now_ms() + session->limits.deadline_ms / 2;
    MCP_TRY(database_sqlite_begin(session, err));
    enum mcp_code code = describe(session, catalogue, err);
    database_sqlite_end(session);
    if (code == MCP_OK)
        *out_catalogue = MCP_TAKE(catalogue);
    return code;
}
