/* SPDX-License-Identifier: MIT */
/* postgres_prepare.c - see postgres_session.h: from a scan to one statement that only reads. */
#include <stdio.h>
#include <string.h>

#include "database/postgres_session.h"
#include "json/schema_run.h"
#include "mcp/alloc.h"

enum { MAX_LIST_BYTES = 1 << 17, MAX_HINT_ROWS = 10000, VALUE_BYTES = 1 << 20 };

/* The grammar after FOR is that of a query: SELECT, VALUES, TABLE, WITH of these. */
static const char cursor_text[] = "DECLARE c NO SCROLL CURSOR FOR ";

/* $1: names called that are not in the list; $2: all names called; $3: names after a dot. One
 * function that is not in the list. Elsewhere than among the engine's own, only what an extension
 * brought and what depends on its arguments alone. t.f calls f(t) when f takes a row. */
static const char functions_sql[] =
    "SELECT p.proname FROM pg_catalog.pg_proc p WHERE CASE p.pronamespace"
    " WHEN 'pg_catalog'::pg_catalog.regnamespace THEN p.proname = ANY ($1::text[])"
    " ELSE p.proname = ANY ($2::text[]) AND NOT (p.provolatile = 'i' AND NOT p.prosecdef"
    "  AND EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.objid = p.oid"
    "  AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass)) END"
    " OR (p.proname = ANY ($3::text[]) AND p.pronargs - p.pronargdefaults <= 1"
    "  AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace"
    "  AND (SELECT t.typtype FROM pg_catalog.pg_type t WHERE t.oid = p.proargtypes[0])"
    "  IN ('c', 'p')) LIMIT 1";

static const char names_sql[] =
    "SELECT c.oid::pg_catalog.regclass::text, c.relname, a.attname"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
    " AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
    " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
    " AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')"
    " ORDER BY 1, a.attnum LIMIT $1::text::int";

size_t database_postgres_shift(void) {
    return sizeof cursor_text - 1;
}

static enum mcp_code add_both(struct mcp_buf *out, json_t *first, json_t *second,
                              struct mcp_err *err) {
    json_t *all MCP_AUTO(mcp_json_decref) = json_array();
    if (json_array_extend(all, first) != 0 || json_array_extend(all, second) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    database_postgres_add_array(out, all);
    return mcp_buf_finish(out, err);
}

static enum mcp_code check_functions(struct database_postgres *session,
                                     const struct database_scan *scan, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf others = MCP_BUF_INIT(MAX_LIST_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf calls = MCP_BUF_INIT(MAX_LIST_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf attributes = MCP_BUF_INIT(MAX_LIST_BYTES);
    PGresult *found MCP_AUTO(database_postgres_clear) = NULL;
    database_postgres_add_array(&others, scan->other_calls);
    MCP_TRY(mcp_buf_finish(&others, err));
    MCP_TRY(add_both(&calls, scan->calls, scan->other_calls, err));
    database_postgres_add_array(&attributes, scan->attributes);
    MCP_TRY(mcp_buf_finish(&attributes, err));
    const char *params[3] = {others.data, calls.data, attributes.data};
    MCP_TRY(database_postgres_run(session, functions_sql, params, 3, &found, err));
    if (PQntuples(found) > 0)
        return MCP_FAIL(err, MCP_E_DENIED, "%s() is not available", PQgetvalue(found, 0, 0));
    return MCP_OK;
}

enum mcp_code database_postgres_prepare(struct database_postgres *session,
                                        const struct database_scan *scan, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT(scan->text.len + sizeof cursor_text);
    bool has_names = json_array_size(scan->calls) + json_array_size(scan->other_calls) +
                         json_array_size(scan->attributes) >
                     0;
    if (has_names)
        MCP_TRY(check_functions(session, scan, err));
    mcp_buf_add(&text, MCP_STR(cursor_text));
    mcp_buf_add(&text, mcp_buf_view(&scan->text));
    MCP_TRY(mcp_buf_finish(&text, err));
    PGresult *result MCP_AUTO(database_postgres_clear) =
        PQprepare(session->conn, "", text.data, 0, NULL);
    return database_postgres_check(session, result, database_postgres_shift(), err);
}

/* The value for $number, NULL when there is none; its name for messages. */
static const json_t *value_for(const struct database_request *request,
                               const struct database_scan *scan, size_t number,
                               const char **out_name) {
    const char *name = json_string_value(json_array_get(scan->parameters, number));
    *out_name = name;
    if (!json_is_object(request->params))
        return json_array_get(request->params, number);
    const json_t *value = name != NULL ? json_object_get(request->params, name) : NULL;
    return value != NULL || name == NULL ? value : json_object_get(request->params, name + 1);
}

static enum mcp_code add_value(const json_t *value, const char *label, struct mcp_buf *storage,
                               struct mcp_err *err) {
    struct mcp_str text = mcp_json_str(value);
    switch (json_typeof(value)) {
    case JSON_STRING:
        if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL)
            return MCP_FAIL(err, MCP_E_INVALID, "the value of placeholder %s holds a NUL", label);
        mcp_buf_add(storage, text);
        break;
    case JSON_INTEGER:
        mcp_json_add_integer(storage, json_integer_value(value));
        break;
    case JSON_REAL:
        mcp_json_add_real(storage, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        mcp_buf_add(storage, json_is_true(value) ? MCP_STR("true") : MCP_STR("false"));
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_NULL:
        return MCP_FAIL(err, MCP_E_INVALID,
                        "placeholder %s takes a string, number, boolean or null, not an %s", label,
                        mcp_json_type_name(value));
    }
    mcp_buf_addc(storage, '\0');
    return mcp_buf_finish(storage, err);
}

static enum mcp_code bind_one(const struct database_request *request,
                              const struct database_scan *scan, size_t number,
                              struct mcp_buf *storage, struct mcp_err *err) {
    char label[80];
    const char *name = NULL;
    const json_t *value = value_for(request, scan, number, &name);
    if (name != NULL)
        (void)snprintf(label, sizeof label, "%s", name);
    else
        (void)snprintf(label, sizeof label, "$%zu", number + 1);
    if (value == NULL && request->purpose == DATABASE_RUN)
        return MCP_FAIL(err, MCP_E_INVALID, "placeholder %s has no value; give params as %s", label,
                        name != NULL ? "an object with its name" : "an array in order");
    if (value == NULL || json_is_null(value))
        return MCP_OK;
    return add_value(value, label, storage, err);
}

enum mcp_code database_postgres_bind(const struct database_request *request,
                                     const struct database_scan *scan, size_t count,
                                     struct mcp_buf *storage, const char **out_values,
                                     struct mcp_err *err) {
    size_t given = json_is_array(request->params) ? json_array_size(request->params)
                                                  : json_object_size(request->params);
    if (given > count)
        return MCP_FAIL(err, MCP_E_INVALID, "%zu params for %zu placeholders", given, count);
    size_t *offsets MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *offsets);
    if (offsets == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        offsets[i] = storage->len;
        MCP_TRY(bind_one(request, scan, i, storage, err));
    }
    offsets[count] = storage->len;
    for (size_t i = 0; i < count; i++)
        out_values[i] = offsets[i + 1] > offsets[i] ? storage->data + offsets[i] : NULL;
    return MCP_OK;
}

/* The last name in a message that begins and ends so; empty when it does not. */
static struct mcp_str missing_name(const char *message, bool *out_is_column) {
    static const char end[] = " does not exist";
    const char *at = strstr(message, end);
    struct mcp_str name = {NULL, 0};
    bool is_table = strncmp(message, "relation \"", 10) == 0;
    *out_is_column = strncmp(message, "column ", 7) == 0;
    if (at == NULL || at[sizeof end - 1] != '\0' || (!is_table && !*out_is_column))
        return name;
    const char *last = at;
    last -= last[-1] == '"' ? 1 : 0;
    const char *first = last;
    while (first > message && strchr("\". ", first[-1]) == NULL)
        first--;
    return (struct mcp_str){first, (size_t)(last - first)};
}

/* The name of a placeholder is none when no names were given. */
static void hint_placeholder(struct mcp_err *err) {
    static const char colon[] = "syntax error at or near \":\"";
    if (strcmp(err->what, colon) == 0)
        (void)snprintf(err->what + sizeof colon - 1, sizeof err->what - sizeof colon + 1,
                       "; for a placeholder :name give params as an object");
}

void database_postgres_hint(struct database_postgres *session, struct mcp_err *err) {
    bool is_column = false;
    size_t best = SIZE_MAX;
    char label[160] = "";
    char limit[16];
    if (err == NULL || err->code != MCP_E_SYNTAX)
        return;
    hint_placeholder(err);
    struct mcp_str wanted = missing_name(err->what, &is_column);
    PGresult *names MCP_AUTO(database_postgres_clear) = NULL;
    (void)snprintf(limit, sizeof limit, "%d", MAX_HINT_ROWS);
    const char *params[1] = {limit};
    if (wanted.len == 0 ||
        database_postgres_run(session, names_sql, params, 1, &names, NULL) != MCP_OK)
        return;
    for (int i = 0; i < PQntuples(names); i++) {
        size_t distance = 0;
        const char *name = PQgetvalue(names, i, is_column ? 2 : 1);
        if (!mcp_schema_is_near(wanted, mcp_str_of(name), &distance) || distance >= best)
            continue;
        best = distance;
        (void)snprintf(label, sizeof label, "%s%s%s", PQgetvalue(names, i, 0), is_column ? "." : "",
                       is_column ? name : "");
    }
    size_t len = strlen(err->what);
    if (label[0] != '\0')
        (void)snprintf(err->what + len, sizeof err->what - len, "; did you mean \"%s\"?", label);
}
