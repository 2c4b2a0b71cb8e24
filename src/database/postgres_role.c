/* SPDX-License-Identifier: MIT */
/* postgres_role.c - see postgres_session.h: what the role may do, seen by the server. */
#include "database/postgres_session.h"
#include "mcp/clock.h"

enum { MAX_LIST_BYTES = 1 << 20, CHECK_PERIOD_MS = 1000 };

/* What no reader needs and no transaction stops. A member may become the role it is a member of. */
static const char harmful_sql[] =
    "SELECT session_user, why FROM (SELECT r.rolname, CASE"
    " WHEN r.rolsuper THEN 'is a superuser'"
    " WHEN r.rolcreaterole THEN 'may create roles'"
    " WHEN r.rolreplication THEN 'may replicate'"
    " WHEN r.rolbypassrls THEN 'bypasses row security'"
    " WHEN r.rolname IN ('pg_read_server_files', 'pg_write_server_files',"
    "  'pg_execute_server_program', 'pg_signal_backend', 'pg_write_all_data',"
    "  'pg_checkpoint', 'pg_maintain', 'pg_create_subscription')"
    " THEN 'is a member of ' || r.rolname END AS why FROM pg_catalog.pg_roles r"
    " WHERE pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')) AS found"
    " WHERE why IS NOT NULL ORDER BY rolname <> session_user, rolname LIMIT 1";

/* More than reading takes, though the transaction stops it: told, not refused. */
static const char needless_sql[] =
    "WITH tables AS (SELECT c.oid, c.oid::pg_catalog.regclass::text AS name, c.relowner"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'"
    " AND n.nspname !~ '^pg_'),"
    " writable AS (SELECT name FROM tables WHERE pg_catalog.has_table_privilege(oid,"
    "  'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY name),"
    " owned AS (SELECT name FROM tables WHERE pg_catalog.pg_has_role(relowner, 'MEMBER')"
    "  ORDER BY name)"
    " SELECT 'the role ' || session_user || ' ' || text FROM ("
    " SELECT 'may write to ' || count(*) || ' tables, among them ' || min(name)"
    "  || ': REVOKE INSERT, UPDATE, DELETE, TRUNCATE' AS text FROM writable HAVING count(*) > 0"
    " UNION ALL SELECT 'owns ' || count(*) || ' tables, among them ' || min(name)"
    "  || ': let another role own them' FROM owned HAVING count(*) > 0"
    " UNION ALL SELECT 'may create databases: ALTER ROLE ... NOCREATEDB' FROM pg_catalog.pg_roles"
    "  WHERE rolname = session_user AND rolcreatedb"
    " UNION ALL SELECT 'may make schemas in this database: REVOKE CREATE ON DATABASE'"
    "  WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')"
    " UNION ALL SELECT 'may make temporary tables: REVOKE TEMPORARY ON DATABASE ... FROM PUBLIC'"
    "  WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')"
    " UNION ALL SELECT 'may create objects in schema ' || nspname || ': REVOKE CREATE ON SCHEMA'"
    "  FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_'"
    "  AND pg_catalog.has_schema_privilege(oid, 'CREATE')"
    " UNION ALL SELECT 'is a member of ' || rolname || ': REVOKE it' FROM pg_catalog.pg_roles"
    "  WHERE rolname <> session_user AND pg_catalog.pg_has_role(oid, 'MEMBER')"
    " UNION ALL SELECT 'may execute functions of the extension ' || e.extname"
    "  || ': REVOKE EXECUTE (they are refused here)' FROM pg_catalog.pg_extension e"
    "  WHERE e.extname IN ('dblink', 'adminpack', 'file_fdw', 'postgres_fdw', 'tablefunc', 'xml2')"
    "  AND EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refobjid = e.oid"
    "  AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e'"
    "  AND pg_catalog.has_function_privilege(d.objid, 'EXECUTE'))"
    " ) AS sentences(text) LIMIT 20";

/* $1 allowed (NULL: everything), $2 denied (NULL: nothing): one column that may be read although it
 * must not be. Denied names fit in any schema and case; allowed ones exactly, and without a schema
 * only where the search path finds them. */
static const char exposed_sql[] =
    "WITH readable AS (SELECT n.nspname AS s, c.relname AS r, a.attname AS a,"
    " pg_catalog.pg_table_is_visible(c.oid) AS is_near"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
    " AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
    " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
    " AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')),"
    " names AS (SELECT s, r, a, ARRAY[s || '.' || r, s || '.' || r || '.' || a] AS full_names,"
    " ARRAY[r::text, r || '.' || a] AS near_names, is_near FROM readable)"
    " SELECT pg_catalog.format('%I.%I', s, r), a, session_user, NOT coalesce("
    "  full_names || CASE WHEN is_near THEN near_names ELSE '{}' END && $1::text[], true)"
    " FROM names WHERE NOT coalesce(full_names || CASE WHEN is_near THEN near_names ELSE '{}' END"
    "  && $1::text[], true)"
    " OR coalesce(pg_catalog.lower((full_names || near_names)::text)::text[]"
    "  && pg_catalog.lower($2::text[]::text)::text[], false)"
    " ORDER BY 1, 2 LIMIT 1";

void database_postgres_add_array(struct mcp_buf *out, const json_t *names) {
    mcp_buf_addc(out, '{');
    for (size_t i = 0; i < json_array_size(names); i++) {
        struct mcp_str name = mcp_json_str(json_array_get(names, i));
        mcp_buf_add(out, i > 0 ? MCP_STR(",\"") : MCP_STR("\""));
        for (size_t at = 0; at < name.len; at++) {
            if (name.ptr[at] == '"' || name.ptr[at] == '\\')
                mcp_buf_addc(out, '\\');
            mcp_buf_addc(out, name.ptr[at]);
        }
        mcp_buf_addc(out, '"');
    }
    mcp_buf_addc(out, '}');
}

static enum mcp_code refuse_harmful(struct database_postgres *session, struct mcp_err *err) {
    PGresult *found MCP_AUTO(database_postgres_clear) = NULL;
    MCP_TRY(database_postgres_run(session, harmful_sql, NULL, 0, &found, err));
    if (PQntuples(found) == 0)
        return MCP_OK;
    return MCP_FAIL(err, MCP_E_DENIED,
                    "the role \"%s\" %s: connect as one that can only read (docs/postgresql.md)",
                    PQgetvalue(found, 0, 0), PQgetvalue(found, 0, 1));
}

enum mcp_code database_postgres_check_role(struct database_postgres *session, struct mcp_err *err) {
    PGresult *found MCP_AUTO(database_postgres_clear) = NULL;
    MCP_TRY(refuse_harmful(session, err));
    MCP_TRY(database_postgres_run(session, needless_sql, NULL, 0, &found, err));
    for (int i = 0; i < PQntuples(found); i++)
        if (json_array_append_new(session->warnings, json_string(PQgetvalue(found, i, 0))) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code tell_exposed(const PGresult *found, struct mcp_err *err) {
    bool is_beyond_allowed = PQgetvalue(found, 0, 3)[0] == 't';
    return MCP_FAIL(err, MCP_E_DENIED,
                    "%s.%s is %s, but the role may read it: REVOKE SELECT ON %s FROM \"%s\" (and "
                    "from PUBLIC), then grant what is exposed",
                    PQgetvalue(found, 0, 0), PQgetvalue(found, 0, 1),
                    is_beyond_allowed ? "not on the allow list" : "on the deny list",
                    PQgetvalue(found, 0, 0), PQgetvalue(found, 0, 2));
}

enum mcp_code database_postgres_check_exposure(struct database_postgres *session,
                                               struct mcp_err *err) {
    uint64_t now_ms = mcp_clock_now_ms();
    bool is_open = session->allowed == NULL && json_array_size(session->denied) == 0;
    if (is_open || (session->checked_ms != 0 && now_ms < session->checked_ms + CHECK_PERIOD_MS))
        return MCP_OK;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf allowed = MCP_BUF_INIT(MAX_LIST_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf denied = MCP_BUF_INIT(MAX_LIST_BYTES);
    PGresult *found MCP_AUTO(database_postgres_clear) = NULL;
    database_postgres_add_array(&allowed, session->allowed);
    database_postgres_add_array(&denied, session->denied);
    MCP_TRY(mcp_buf_finish(&allowed, err));
    MCP_TRY(mcp_buf_finish(&denied, err));
    const char *params[2] = {session->allowed != NULL ? allowed.data : NULL, denied.data};
    MCP_TRY(database_postgres_run(session, exposed_sql, params, 2, &found, err));
    if (PQntuples(found) > 0)
        return tell_exposed(found, err);
    session->checked_ms = now_ms;
    return MCP_OK;
}
