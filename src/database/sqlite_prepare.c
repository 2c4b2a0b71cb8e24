/* SPDX-License-Identifier: MIT */
/* sqlite_prepare.c - see sqlite_session.h: from a request to one bound statement that reads. */
#include <string.h>

#include "database/sqlite_session.h"

/* What follows the first statement must be nothing: the engine itself is asked. */
static enum mcp_code check_tail(struct database_sqlite *session, struct mcp_str tail,
                                struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *second = NULL;
    if (tail.len == 0)
        return MCP_OK;
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
    return MCP_OK;
}

static enum mcp_code check_text(const struct database_sqlite *session, struct mcp_str sql,
                                struct mcp_err *err) {
    if (sql.len > session->limits.max_query_bytes)
        return MCP_FAIL(err, MCP_E_LIMIT, "the query is longer than %zu bytes",
                        session->limits.max_query_bytes);
    if (sql.len > 0 && memchr(sql.ptr, '\0', sql.len) != NULL)
        return MCP_FAIL(err, MCP_E_SYNTAX, "the query holds a NUL byte");
    if (database_policy_refuses_join(&session->policy, sql))
        return MCP_FAIL(err, MCP_E_DENIED,
                        "NATURAL, USING and INDEXED BY are not available while names are hidden; "
                        "write JOIN ... ON");
    return MCP_OK;
}

static int bind_value(sqlite3_stmt *statement, int i, const json_t *value) {
    struct mcp_str text = mcp_json_str(value);
    switch (json_typeof(value)) {
    case JSON_NULL:
        return sqlite3_bind_null(statement, i);
    case JSON_TRUE:
    case JSON_FALSE:
        return sqlite3_bind_int(statement, i, json_is_true(value));
    case JSON_INTEGER:
        return sqlite3_bind_int64(statement, i, json_integer_value(value));
    case JSON_REAL:
        return sqlite3_bind_double(statement, i, json_real_value(value));
    case JSON_STRING:
        return sqlite3_bind_text(statement, i, text.ptr, (int)text.len, SQLITE_STATIC);
    case JSON_OBJECT:
    case JSON_ARRAY:
        break;
    }
    return SQLITE_MISMATCH;
}

/* The value for placeholder `i`: by position, or by its name with or without its first character.
 * ?3 is the third of an array. */
static const json_t *value_for(const json_t *params, sqlite3_stmt *statement, int i) {
    const char *name = sqlite3_bind_parameter_name(statement, i);
    if (json_is_array(params))
        return name == NULL || name[0] == '?' ? json_array_get(params, (size_t)i - 1) : NULL;
    if (name == NULL)
        return NULL;
    const json_t *value = json_object_get(params, name);
    return value != NULL ? value : json_object_get(params, name + 1);
}

static enum mcp_code bind_one(sqlite3_stmt *statement, int i, const json_t *params,
                              struct mcp_err *err) {
    const json_t *value = value_for(params, statement, i);
    const char *name = sqlite3_bind_parameter_name(statement, i);
    char number[24];
    (void)sqlite3_snprintf(sizeof number, number, "number %d", i);
    const char *label = name != NULL ? name : number;
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "placeholder %s has no value; give params as %s", label,
                        name != NULL && name[0] != '?' ? "an object with its name"
                                                       : "an array in order");
    int rc = bind_value(statement, i, value);
    if (rc == SQLITE_OK)
        return MCP_OK;
    if (rc == SQLITE_TOOBIG)
        return MCP_FAIL(err, MCP_E_LIMIT, "the value of placeholder %s is too long", label);
    return MCP_FAIL(err, rc == SQLITE_NOMEM ? MCP_E_NOMEM : MCP_E_INVALID,
                    "placeholder %s takes a string, number, boolean or null, not an %s", label,
                    mcp_json_type_name(value));
}

static enum mcp_code bind_all(sqlite3_stmt *statement, const json_t *params, struct mcp_err *err) {
    int count = sqlite3_bind_parameter_count(statement);
    size_t given = json_is_array(params) ? json_array_size(params) : json_object_size(params);
    if (given > (size_t)count)
        return MCP_FAIL(err, MCP_E_INVALID, "%zu params for %d placeholders", given, count);
    for (int i = 1; i <= count; i++)
        MCP_TRY(bind_one(statement, i, params, err));
    return MCP_OK;
}

static enum mcp_code compile(struct database_sqlite *session, struct mcp_str sql,
                             sqlite3_stmt **out_statement, struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *statement = NULL;
    const char *rest = sql.ptr;
    int rc = sqlite3_prepare_v2(session->db, sql.ptr, (int)sql.len, &statement, &rest);
    if (rc != SQLITE_OK)
        return database_sqlite_fail(session, rc, sql, err);
    MCP_TRY(check_tail(session, (struct mcp_str){rest, sql.len - (size_t)(rest - sql.ptr)}, err));
    mcp_buf_clear(&session->denial);
    MCP_TRY(check_kind(statement, err));
    *out_statement = MCP_TAKE(statement);
    return MCP_OK;
}

static enum mcp_code compile_plan(struct database_sqlite *session, struct mcp_str sql,
                                  sqlite3_stmt **out_statement, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(sql.len + 32);
    mcp_buf_add(&text, MCP_STR("EXPLAIN QUERY PLAN "));
    mcp_buf_add(&text, sql);
    MCP_TRY(mcp_buf_finish(&text, err));
    return compile(session, mcp_buf_view(&text), out_statement, err);
}

enum mcp_code database_sqlite_prepare(struct database_sqlite *session,
                                      const struct database_request *request,
                                      sqlite3_stmt **out_statement, struct mcp_err *err) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *statement = NULL;
    MCP_TRY(check_text(session, request->sql, err));
    if (request->purpose == DATABASE_RUN)
        statement = database_sqlite_recall(session, request->sql);
    if (statement == NULL)
        MCP_TRY(compile(session, request->sql, &statement, err));
    if (request->purpose == DATABASE_EXPLAIN && sqlite3_stmt_isexplain(statement) == 0)
        return compile_plan(session, request->sql, out_statement, err); /* needs no values */
    if (request->purpose == DATABASE_RUN)
        MCP_TRY(bind_all(statement, request->params, err));
    *out_statement = MCP_TAKE(statement);
    return MCP_OK;
}
