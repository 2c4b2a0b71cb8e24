/* SPDX-License-Identifier: MIT */
/* tools.c - the tools of this program, a row each; see service.h. */
#include "database/answer.h"
#include "database/service.h"

extern const char database_execute_query_input[];  /* schemas/tools/execute_query.input.json */
extern const char database_execute_query_output[]; /* schemas/tools/execute_query.output.json */

static void on_query_done(const struct database_reply *reply, void *user) {
    struct database_pending *pending = user;
    struct mcp_err err = {0};
    struct mcp_result result;
    mcp_result_init(&result);
    if (reply->code != MCP_OK)
        mcp_call_fail(pending->call, reply->err);
    else if (database_answer_query(reply, pending->text, &result, &err) != MCP_OK)
        mcp_call_fail(pending->call, &err);
    else
        mcp_call_finish(pending->call, &result);
    mcp_result_deinit(&result);
    database_pending_free(pending);
}

static enum mcp_code execute_query(struct mcp_call *call, const json_t *arguments,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    struct database_service *service = user;
    const char *query = NULL;
    MCP_TRY(mcp_json_get_string(arguments, "query", &query, err));
    size_t max_bytes =
        (size_t)json_integer_value(json_object_get(service->settings, "max_query_length"));
    struct mcp_str sql = mcp_str_of(query);
    if (sql.len > max_bytes)
        return MCP_FAIL(err, MCP_E_LIMIT, "the query is %zu bytes long: at most %zu are allowed",
                        sql.len, max_bytes);
    return database_pending_start(service, call, DATABASE_JOB_QUERY, sql, query, on_query_done,
                                  err);
}

enum mcp_code database_tools_add(struct database_service *service, struct mcp_err *err) {
    const struct mcp_tool tools[] = {
        {.name = "execute_query",
         .title = "Run a read-only query",
         .description = "Run one read-only SQL statement (SQLite dialect) and return its rows. "
                        "Writes are refused by the engine. Read the resource database://metadata "
                        "first for tables, columns and what they mean.",
         .input_schema = database_execute_query_input,
         .output_schema = database_execute_query_output,
         .hints = MCP_HINT_READ_ONLY | MCP_HINT_IDEMPOTENT,
         .where = MCP_INLINE, /* hands over to a worker process at once */
         .run = execute_query,
         .user = service},
    };
    for (size_t i = 0; i < MCP_COUNT(tools); i++)
        MCP_TRY(mcp_server_add_tool(service->server, &tools[i], err));
    return MCP_OK;
}
