/* SPDX-License-Identifier: MIT */
/* sqlite_exposure.c - see sqlite_session.h: which names exist, and which of them may be read. */
#include <string.h>

#include "database/sqlite_session.h"
#include "mcp/alloc.h"

enum { MAX_NAME_BYTES = 1 << 20 };

/* Virtual tables come first, the longest name before the others: the first that fits owns. */
static const char tables_sql[] = "SELECT name, type FROM pragma_table_list WHERE schema = 'main' "
                                 "ORDER BY type <> 'virtual', length(name) DESC";

static const char *const own_sql[DATABASE_OWN_COUNT] = {"BEGIN", "PRAGMA main.schema_version",
                                                        "COMMIT"};

void database_sqlite_finalize(sqlite3_stmt **statement) {
    (void)sqlite3_finalize(*statement);
}

static void add_lower(struct mcp_buf *out, struct mcp_str name) {
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];
        mcp_buf_addc(out, (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte));
    }
}

/* `value` is copied as the entry's text. */
static enum mcp_code put_lower(struct mcp_map *set, struct mcp_str name, const char *value,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf key = MCP_BUF_INIT(MAX_NAME_BYTES);
    add_lower(&key, name);
    MCP_TRY(mcp_buf_finish(&key, err));
    char *copy MCP_AUTO(mcp_freep) = mcp_strdup(value);
    if (copy == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_map_put(set, mcp_buf_view(&key), copy, err));
    (void)MCP_TAKE(copy);
    return MCP_OK;
}

/* A set that is not configured stays NULL: for `allowed` that means everything. */
static enum mcp_code fill_set(const json_t *names, struct mcp_map **out, struct mcp_err *err) {
    if (names == NULL)
        return MCP_OK;
    MCP_TRY(mcp_map_new(0, mcp_free, out, err));
    for (size_t i = 0; i < json_array_size(names); i++)
        MCP_TRY(put_lower(*out, mcp_json_str(json_array_get(names, i)), "", err));
    return MCP_OK;
}

/* The virtual table whose shadow `name` is: "docs" for "docs_content". */
static const char *owner_of(const struct mcp_map *catalogue, struct mcp_str name) {
    size_t len = name.len;
    while (len > 0) {
        len--;
        if (name.ptr[len] != '_')
            continue;
        const char *entry = mcp_map_get(catalogue, (struct mcp_str){name.ptr, len});
        if (entry != NULL)
            return entry;
    }
    return NULL;
}

/* A virtual table reads its configuration when it is first used: while everything is allowed. */
static void wake_virtual(struct database_sqlite *session, const char *name) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *first = NULL;
    char *sql = sqlite3_mprintf("SELECT 1 FROM \"%w\" LIMIT 1", name);
    if (sql != NULL && sqlite3_prepare_v2(session->db, sql, -1, &first, NULL) == SQLITE_OK)
        (void)sqlite3_step(first);
    sqlite3_free(sql);
}

/* The name as the sets hold it is both key and, for a virtual table, what its shadows point to. */
static enum mcp_code add_virtual(struct database_sqlite *session, struct mcp_map *virtuals,
                                 const char *name, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf lower = MCP_BUF_INIT(MAX_NAME_BYTES);
    wake_virtual(session, name);
    add_lower(&lower, mcp_str_of(name));
    MCP_TRY(mcp_buf_finish(&lower, err));
    return put_lower(virtuals, mcp_str_of(name), lower.data != NULL ? lower.data : "", err);
}

static enum mcp_code add_shadow(struct mcp_map *catalogue, const struct mcp_map *virtuals,
                                const char *name, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf lower = MCP_BUF_INIT(MAX_NAME_BYTES);
    add_lower(&lower, mcp_str_of(name));
    MCP_TRY(mcp_buf_finish(&lower, err));
    const char *owner = owner_of(virtuals, mcp_buf_view(&lower));
    return put_lower(catalogue, mcp_str_of(name), owner != NULL ? owner : "", err);
}

static enum mcp_code add_table(struct database_sqlite *session, struct mcp_map *catalogue,
                               struct mcp_map *virtuals, sqlite3_stmt *row, struct mcp_err *err) {
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const char *type = (const char *)sqlite3_column_text(row, 1);
    if (name == NULL || type == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (strcmp(type, "shadow") == 0)
        return add_shadow(catalogue, virtuals, name, err);
    if (strcmp(type, "virtual") == 0)
        MCP_TRY(add_virtual(session, virtuals, name, err));
    return put_lower(catalogue, mcp_str_of(name), "", err);
}

static enum mcp_code list_tables(struct database_sqlite *session, struct mcp_map *catalogue,
                                 struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *row = NULL;
    MCP_AUTO(mcp_map_freep) struct mcp_map *virtuals = NULL;
    MCP_TRY(mcp_map_new(0, mcp_free, &virtuals, err));
    int rc = sqlite3_prepare_v2(session->db, tables_sql, -1, &row, NULL);
    while (rc != SQLITE_DONE &&
           (rc = rc == SQLITE_OK || rc == SQLITE_ROW ? sqlite3_step(row) : rc) == SQLITE_ROW)
        MCP_TRY(add_table(session, catalogue, virtuals, row, err));
    return rc == SQLITE_DONE ? MCP_OK : database_sqlite_fail(session, rc, MCP_STR(""), err);
}

/* Replace the catalogue by that of the current schema. */
static enum mcp_code read_catalogue(struct database_sqlite *session, struct mcp_err *err) {
    MCP_AUTO(mcp_map_freep) struct mcp_map *catalogue = NULL;
    MCP_TRY(mcp_map_new(0, mcp_free, &catalogue, err));
    MCP_TRY(list_tables(session, catalogue, err));
    database_sqlite_forget(session);
    mcp_map_free(session->sets[DATABASE_SET_CATALOGUE]);
    session->sets[DATABASE_SET_CATALOGUE] = MCP_TAKE(catalogue);
    session->policy.catalogue = session->sets[DATABASE_SET_CATALOGUE];
    return database_sqlite_derive(session, err);
}

/* Run one of our own statements; its first column, 0 when it has no row. */
static int run_own(struct database_sqlite *session, enum database_own_statement which,
                   int64_t *out_value) {
    sqlite3_stmt *statement = session->own[which];
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW && out_value != NULL)
        *out_value = sqlite3_column_int64(statement, 0);
    int reset = sqlite3_reset(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : reset;
}

static enum mcp_code begin(struct database_sqlite *session, struct mcp_err *err) {
    int64_t version = 0;
    int rc = run_own(session, DATABASE_OWN_BEGIN, NULL);
    if (rc == SQLITE_OK)
        rc = run_own(session, DATABASE_OWN_VERSION, &version);
    if (rc != SQLITE_OK)
        return database_sqlite_fail(session, rc, MCP_STR(""), err);
    if (session->policy.catalogue != NULL && version == session->schema_version)
        return MCP_OK;
    MCP_TRY(read_catalogue(session, err));
    session->schema_version = version;
    return MCP_OK;
}

enum mcp_code database_sqlite_begin(struct database_sqlite *session, struct mcp_err *err) {
    bool was_internal = session->policy.is_internal;
    mcp_buf_clear(&session->denial);
    session->policy.is_internal = true;
    enum mcp_code code = begin(session, err);
    session->policy.is_internal = was_internal;
    if (code != MCP_OK)
        database_sqlite_end(session);
    return code;
}

void database_sqlite_end(struct database_sqlite *session) {
    bool was_internal = session->policy.is_internal;
    session->policy.is_internal = true;
    session->policy.is_stepping = false;
    session->stop_at_ms = 0; /* to end a transaction there is always time */
    if (sqlite3_get_autocommit(session->db) == 0)
        (void)run_own(session, DATABASE_OWN_COMMIT, NULL);
    session->policy.is_internal = was_internal;
}

enum mcp_code database_sqlite_expose(struct database_sqlite *session,
                                     const struct database_exposure *exposure,
                                     struct mcp_err *err) {
    for (size_t i = 0; i < DATABASE_OWN_COUNT; i++) {
        int rc = sqlite3_prepare_v3(session->db, own_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &session->own[i], NULL);
        if (rc != SQLITE_OK)
            return database_sqlite_fail(session, rc, MCP_STR(""), err);
    }
    MCP_TRY(fill_set(exposure->allowed, &session->sets[DATABASE_SET_ALLOWED], err));
    MCP_TRY(fill_set(exposure->denied, &session->sets[DATABASE_SET_DENIED], err));
    MCP_TRY(fill_set(exposure->masked, &session->sets[DATABASE_SET_MASKED], err));
    session->policy = (struct database_policy){.allowed = session->sets[DATABASE_SET_ALLOWED],
                                               .denied = session->sets[DATABASE_SET_DENIED],
                                               .masked = session->sets[DATABASE_SET_MASKED]};
    MCP_TRY(database_sqlite_begin(session, err));
    database_sqlite_end(session);
    return MCP_OK;
}
