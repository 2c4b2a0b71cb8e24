/* SPDX-License-Identifier: MIT */
/* tools.c - the tools of this program, a row each; see service.h. */

#include "database/answer.h"
#include "database/own_query.h"

/* schemas/tools/ */
extern const char database_execute_query_input[];
extern const char database_execute_query_output[];
extern const char database_validate_query_input[];
extern const char database_validate_query_output[];
extern const char database_explain_query_input[];
extern const char database_explain_query_output[];
extern const char database_search_schema_input[];
extern const char database_search_schema_output[];
extern const char database_sample_rows_input[];
extern const char database_column_values_input[];

static enum mcp_code render_query(const struct database_pending *pending,
                                  const struct database_reply *reply, struct mcp_result *out_result,
                                  struct mcp_err *err) {
    return database_answer_query(reply, pending->text, out_result, err);
}

static enum mcp_code render_validation(const struct database_pending *pending,
                                       const struct database_reply *reply,
                                       struct mcp_result *out_result, struct mcp_err *err) {
    (void)pending;
    return database_answer_validation(reply, out_result, err);
}

static enum mcp_code render_plan(const struct database_pending *pending,
                                 const struct database_reply *reply, struct mcp_result *out_result,
                                 struct mcp_err *err) {
    (void)pending;
    return database_answer_plan(reply, out_result, err);
}

static enum mcp_code render_search(const struct database_pending *pending,
                                   const struct database_reply *reply,
                                   struct mcp_result *out_result, struct mcp_err *err) {
    json_t *body MCP_AUTO(mcp_json_decref) = NULL;
    json_t *found MCP_AUTO(mcp_json_decref) = NULL;
    const char *detail = "columns";
    MCP_TRY(mcp_json_opt_string(pending->arguments, "detail", &detail, err));
    MCP_TRY(database_metadata(pending->service, reply, &body, err));
    MCP_TRY(database_catalogue_search(body, pending->text, detail, &found, err));
    return database_answer_json(found, out_result, err);
}

static enum mcp_code start_query(struct mcp_call *call, struct database_service *service,
                                 const char *query, const json_t *options,
                                 database_render_fn *render, struct mcp_err *err) {
    size_t max_bytes =
        (size_t)json_integer_value(json_object_get(service->settings, "max_query_length"));
    struct mcp_str sql = mcp_str_of(query);
    if (sql.len > max_bytes)
        return MCP_FAIL(err, MCP_E_LIMIT, "the query is %zu bytes long: at most %zu are allowed",
                        sql.len, max_bytes);
    const struct database_ask ask = {.kind = DATABASE_JOB_QUERY,
                                     .sql = query,
                                     .options = options,
                                     .text = query,
                                     .render = render};
    return database_pending_start(service, call, &ask, err);
}

/* The arguments but for the query are the request's options. */
static enum mcp_code run_query(struct mcp_call *call, const json_t *arguments, const char *purpose,
                               database_render_fn *render, struct database_service *service,
                               struct mcp_err *err) {
    const char *query = NULL;
    json_auto_t *options = json_pack("{s:s}", "purpose", purpose);
    MCP_TRY(mcp_json_get_string(arguments, "query", &query, err));
    static const char *const keys[] = {"params", "max_rows", "format", "big_integers"};
    for (size_t i = 0; i < MCP_COUNT(keys); i++) {
        json_t *value = json_object_get(arguments, keys[i]);
        if (value != NULL && json_object_set(options, keys[i], value) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return start_query(call, service, query, options, render, err);
}

static enum mcp_code execute_query(struct mcp_call *call, const json_t *arguments,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    return run_query(call, arguments, "run", render_query, user, err);
}

static enum mcp_code validate_query(struct mcp_call *call, const json_t *arguments,
                                    struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    return run_query(call, arguments, "validate", render_validation, user, err);
}

static enum mcp_code explain_query(struct mcp_call *call, const json_t *arguments,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    return run_query(call, arguments, "explain", render_plan, user, err);
}

static enum mcp_code search_schema(struct mcp_call *call, const json_t *arguments,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    const char *pattern = NULL;
    MCP_TRY(mcp_json_get_string(arguments, "pattern", &pattern, err));
    const struct database_ask ask = {.kind = DATABASE_JOB_DESCRIBE,
                                     .sql = "",
                                     .text = pattern,
                                     .arguments = arguments,
                                     .render = render_search};
    return database_pending_start(user, call, &ask, err);
}

/* `limit`, as the option that caps the rows; 0 is not given. */
static json_t *limit_option(const json_t *arguments, int64_t otherwise) {
    json_int_t limit = json_integer_value(json_object_get(arguments, "limit"));
    return json_pack("{s:I}", "max_rows", limit > 0 ? limit : (json_int_t)otherwise);
}

static enum mcp_code sample_rows(struct mcp_call *call, const json_t *arguments,
                                 struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    const char *table = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(DATABASE_OWN_QUERY_MAX_BYTES);
    MCP_TRY(mcp_json_get_string(arguments, "table", &table, err));
    database_own_query_sample(&sql, user, table);
    MCP_TRY(mcp_buf_finish(&sql, err));
    json_auto_t *options = limit_option(arguments, 5);
    return start_query(call, user, sql.data, options, render_query, err);
}

static enum mcp_code column_values(struct mcp_call *call, const json_t *arguments,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    const char *table = NULL;
    const char *column = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(4096);
    MCP_TRY(mcp_json_get_string(arguments, "table", &table, err));
    MCP_TRY(mcp_json_get_string(arguments, "column", &column, err));
    database_own_query_values(&sql, user, table, column);
    MCP_TRY(mcp_buf_finish(&sql, err));
    json_auto_t *options = limit_option(arguments, 20);
    return start_query(call, user, sql.data, options, render_query, err);
}

#define ABOUT_QUERY(dialect)                                                                       \
    "Run one read-only SQL statement (" dialect " dialect) and return its rows. "                  \
    "Writes are refused by the engine. Read the resource database://metadata "                     \
    "first for tables, columns and what they mean."
#define ABOUT_CHECK(dialect)                                                                       \
    "Compile one SQL statement (" dialect                                                          \
    " dialect) and return its columns, their declared types "                                      \
    "and its placeholders; an error names what is wrong and where."
#define ABOUT_PLAN(engine)                                                                         \
    "Return how " engine " would run one statement, and which tables it would read whole."

/* All of them hand over to a worker process at once. */
enum mcp_code database_tools_add(struct database_service *service, struct mcp_err *err) {
    const struct mcp_tool tools[] = {
        {.name = "execute_query",
         .title = "Run a read-only query",
         .description = service->is_postgres ? ABOUT_QUERY("PostgreSQL") : ABOUT_QUERY("SQLite"),
         .input_schema = database_execute_query_input,
         .output_schema = database_execute_query_output,
         .run = execute_query},
        {.name = "validate_query",
         .title = "Check a query without running it",
         .description = service->is_postgres ? ABOUT_CHECK("PostgreSQL") : ABOUT_CHECK("SQLite"),
         .input_schema = database_validate_query_input,
         .output_schema = database_validate_query_output,
         .run = validate_query},
        {.name = "explain_query",
         .title = "Show the plan of a query",
         .description = service->is_postgres ? ABOUT_PLAN("PostgreSQL") : ABOUT_PLAN("SQLite"),
         .input_schema = database_explain_query_input,
         .output_schema = database_explain_query_output,
         .run = explain_query},
        {.name = "search_schema",
         .title = "Find tables and columns",
         .description = "Find tables and columns whose name or description holds a pattern.",
         .input_schema = database_search_schema_input,
         .output_schema = database_search_schema_output,
         .run = search_schema},
        {.name = "sample_rows",
         .title = "Show some rows of a table",
         .description = "Return the first rows of a table or view, to see what its data looks "
                        "like.",
         .input_schema = database_sample_rows_input,
         .output_schema = database_execute_query_output,
         .run = sample_rows},
        {.name = "column_values",
         .title = "Show the values of a column",
         .description = "Return the distinct values of a column with how often each occurs, the "
                        "most frequent first: what a WHERE clause needs.",
         .input_schema = database_column_values_input,
         .output_schema = database_execute_query_output,
         .run = column_values},
    };
    for (size_t i = 0; i < MCP_COUNT(tools); i++) {
        struct mcp_tool tool = tools[i];
        tool.hints = MCP_HINT_READ_ONLY | MCP_HINT_IDEMPOTENT;
        tool.where = MCP_INLINE;
        tool.user = service;
        MCP_TRY(mcp_server_add_tool(service->server, &tool, err));
    }
    return MCP_OK;
}
