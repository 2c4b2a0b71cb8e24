/* SPDX-License-Identifier: MIT */
/* sqlite_hidden.c - see sqlite_session.h: what is hidden because of what it is made of. */
#include <string.h>
#include <strings.h>

#include "database/sqlite_session.h"
#include "mcp/alloc.h"

enum { MAX_KEY_BYTES = 1 << 20, GENERATED_VIRTUAL = 2, GENERATED_STORED = 3 };

static const char tables_sql[] = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table'";
static const char columns_sql[] = "SELECT name, hidden FROM pragma_table_xinfo(?1)";
static const char indexes_sql[] =
    "SELECT l.name, i.name FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i";

/* The answer while it is made. */
struct finding {
    struct database_sqlite *session;
    struct mcp_map *derived;
    struct mcp_map *concealed;
    struct mcp_map *partial; /* tables of which something is hidden */
    bool has_grown;
    const char *table; /* the one looked at */
    const char *sql;
    const char *column; /* the generated one looked at; NULL: none */
};

typedef enum mcp_code row_fn(sqlite3_stmt *row, struct finding *finding, struct mcp_err *err);

static const char *chars(sqlite3_stmt *row, int i) {
    const char *value = (const char *)sqlite3_column_text(row, i);
    return value != NULL ? value : "";
}

/* False in *out_is_read when the engine cannot say: a virtual table whose module is not there. */
static enum mcp_code each_row(struct finding *finding, const char *sql, row_fn *fn,
                              bool *out_is_read, struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(finding->session->db, sql, -1, &row, NULL);
    if (rc == SQLITE_OK && sqlite3_bind_parameter_count(row) > 0)
        rc = sqlite3_bind_text(row, 1, finding->table, -1, SQLITE_TRANSIENT);
    if (rc == SQLITE_OK)
        rc = SQLITE_ROW;
    while (rc == SQLITE_ROW && (rc = sqlite3_step(row)) == SQLITE_ROW)
        MCP_TRY(fn(row, finding, err));
    if (rc == SQLITE_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_is_read = rc == SQLITE_DONE;
    return MCP_OK;
}

/* Before anything is derived: what the configuration says. */
static enum database_verdict configured(const struct finding *finding, const char *table,
                                        const char *column) {
    struct database_policy policy = finding->session->policy;
    policy.is_internal = false;
    policy.is_stepping = false;
    policy.derived = NULL;
    return database_policy_decide(&policy, SQLITE_READ, table, column);
}

static enum mcp_code put(struct mcp_map *map, const char *table, const char *column,
                         const char *value, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf key = MCP_BUF_INIT(MAX_KEY_BYTES);
    mcp_buf_add(&key, mcp_str_of(table));
    if (column[0] != '\0')
        mcp_buf_addc(&key, '.');
    mcp_buf_add(&key, mcp_str_of(column));
    MCP_TRY(mcp_buf_finish(&key, err));
    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] >= 'A' && key.data[i] <= 'Z')
            key.data[i] = (char)(key.data[i] + ('a' - 'A'));
    char *copy MCP_AUTO(mcp_freep) = mcp_strdup(value);
    if (copy == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_map_put(map, mcp_buf_view(&key), copy, err));
    (void)MCP_TAKE(copy);
    return MCP_OK;
}

static bool has_table(const struct mcp_map *map, const char *table) {
    return database_policy_find(map, table, "") != NULL;
}

static enum mcp_code look_at_column(sqlite3_stmt *row, struct finding *finding,
                                    struct mcp_err *err) {
    return configured(finding, finding->table, chars(row, 0)) == DATABASE_ALLOW
               ? MCP_OK
               : put(finding->partial, finding->table, "", "", err);
}

static enum mcp_code find_partial(sqlite3_stmt *row, struct finding *finding, struct mcp_err *err) {
    bool is_read = false;
    finding->table = chars(row, 0);
    if (configured(finding, finding->table, "") != DATABASE_ALLOW)
        MCP_TRY(put(finding->partial, finding->table, "", "", err));
    MCP_TRY(each_row(finding, columns_sql, look_at_column, &is_read, err));
    return is_read ? MCP_OK : put(finding->partial, finding->table, "", "", err);
}

/* A name that would have to be written with doubled quotes is taken to be there. */
static size_t count_mentions(const char *sql, const char *name) {
    return strpbrk(name, "\"'`]") != NULL
               ? SIZE_MAX
               : database_policy_count_word(mcp_str_of(sql), mcp_str_of(name));
}

/* A hidden column that the table's definition names once more than to define it. */
static enum mcp_code look_at_source(sqlite3_stmt *row, struct finding *finding,
                                    struct mcp_err *err) {
    const char *source = chars(row, 0);
    enum database_verdict verdict = configured(finding, finding->table, source);
    const char *before = database_policy_find(finding->derived, finding->table, finding->column);
    bool is_denied = before != NULL && before[0] == 'd';
    if (verdict == DATABASE_ALLOW || is_denied || count_mentions(finding->sql, source) < 2)
        return MCP_OK;
    return put(finding->derived, finding->table, finding->column,
               verdict == DATABASE_DENY ? "deny" : "mask", err);
}

static enum mcp_code look_at_generated(sqlite3_stmt *row, struct finding *finding,
                                       struct mcp_err *err) {
    int hidden = sqlite3_column_int(row, 1);
    const char *column = chars(row, 0);
    bool is_generated = hidden == GENERATED_VIRTUAL || hidden == GENERATED_STORED;
    bool is_named =
        database_policy_find(finding->session->policy.allowed, finding->table, column) != NULL;
    bool is_read = false;
    if (!is_generated || is_named || configured(finding, finding->table, column) != DATABASE_ALLOW)
        return MCP_OK;
    finding->column = column;
    return each_row(finding, columns_sql, look_at_source, &is_read, err);
}

/* An index is named to nobody when what it holds is: no name is the engine's for an expression. */
static enum mcp_code look_at_index(sqlite3_stmt *row, struct finding *finding,
                                   struct mcp_err *err) {
    const char *column = chars(row, 1);
    bool is_hidden =
        column[0] == '\0' || configured(finding, finding->table, column) == DATABASE_DENY;
    return is_hidden ? put(finding->concealed, chars(row, 0), "", "", err) : MCP_OK;
}

static enum mcp_code look_into(sqlite3_stmt *row, struct finding *finding, struct mcp_err *err) {
    bool is_read = false;
    finding->table = chars(row, 0);
    finding->sql = chars(row, 1);
    if (!has_table(finding->partial, finding->table))
        return MCP_OK;
    MCP_TRY(each_row(finding, columns_sql, look_at_generated, &is_read, err));
    return each_row(finding, indexes_sql, look_at_index, &is_read, err);
}

static enum mcp_code look_for_mention(sqlite3_stmt *row, struct finding *finding,
                                      struct mcp_err *err) {
    const char *other = chars(row, 0);
    if (has_table(finding->derived, finding->table) || !has_table(finding->partial, other) ||
        count_mentions(finding->sql, other) == 0)
        return MCP_OK;
    finding->has_grown = true;
    MCP_TRY(put(finding->partial, finding->table, "", "", err));
    return put(finding->derived, finding->table, "", "deny", err);
}

/* What is searched in a full-text table is in its index, whatever a column reads as: such a table,
 * and one that is made from it, is shown whole or not at all. Its own name is a mention, too. */
static enum mcp_code look_at_virtual(sqlite3_stmt *row, struct finding *finding,
                                     struct mcp_err *err) {
    static const char virtual[] = "CREATE VIRTUAL";
    bool is_read = false;
    finding->table = chars(row, 0);
    finding->sql = chars(row, 1);
    bool is_virtual = strncasecmp(finding->sql, virtual, sizeof virtual - 1) == 0;
    return is_virtual ? each_row(finding, tables_sql, look_for_mention, &is_read, err) : MCP_OK;
}

static enum mcp_code find_all(struct finding *finding, struct mcp_err *err) {
    bool is_read = false;
    MCP_TRY(each_row(finding, tables_sql, find_partial, &is_read, err));
    MCP_TRY(each_row(finding, tables_sql, look_into, &is_read, err));
    do {
        finding->has_grown = false;
        MCP_TRY(each_row(finding, tables_sql, look_at_virtual, &is_read, err));
    } while (finding->has_grown);
    return is_read ? MCP_OK : MCP_FAIL(err, MCP_E_IO, "the schema could not be read");
}

static enum mcp_code find(struct finding *finding, struct mcp_err *err) {
    MCP_TRY(mcp_map_new(0, mcp_free, &finding->derived, err));
    MCP_TRY(mcp_map_new(0, mcp_free, &finding->concealed, err));
    MCP_TRY(mcp_map_new(0, mcp_free, &finding->partial, err));
    return database_policy_hides(&finding->session->policy) ? find_all(finding, err) : MCP_OK;
}

enum mcp_code database_sqlite_derive(struct database_sqlite *session, struct mcp_err *err) {
    struct finding finding = {.session = session};
    enum mcp_code code = find(&finding, err);
    mcp_map_free(finding.partial);
    if (code != MCP_OK) {
        mcp_map_free(finding.derived);
        mcp_map_free(finding.concealed);
        return code;
    }
    mcp_map_free(session->sets[DATABASE_SET_DERIVED]);
    mcp_map_free(session->sets[DATABASE_SET_CONCEALED]);
    session->sets[DATABASE_SET_DERIVED] = finding.derived;
    session->sets[DATABASE_SET_CONCEALED] = finding.concealed;
    session->policy.derived = finding.derived;
    return MCP_OK;
}

bool database_sqlite_conceals(const struct database_sqlite *session, const char *index) {
    return has_table(session->sets[DATABASE_SET_CONCEALED], index);
}
