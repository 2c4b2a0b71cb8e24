/* SPDX-License-Identifier: MIT */
/* resources.c - the resources of this program, a row each; see service.h. */
#include <string.h>
#include <strings.h>

#include "database/answer.h"
#include "database/own_query.h"

enum { MAX_PROPOSALS = 100, SAMPLE_ROWS = 5, COLUMN_VALUES = 20 };

static enum mcp_code render_metadata(const struct database_pending *pending,
                                     const struct database_reply *reply,
                                     struct mcp_result *out_result, struct mcp_err *err) {
    json_t *body MCP_AUTO(mcp_json_decref) = NULL;
    MCP_TRY(database_metadata(pending->service, reply, &body, err));
    return database_answer_resource(pending->text, body, out_result, err);
}

static enum mcp_code render_schema(const struct database_pending *pending,
                                   const struct database_reply *reply,
                                   struct mcp_result *out_result, struct mcp_err *err) {
    json_t *body MCP_AUTO(mcp_json_decref) = NULL;
    const char *table = NULL;
    MCP_TRY(mcp_json_get_string(pending->arguments, "table", &table, err));
    MCP_TRY(database_metadata(pending->service, reply, &body, err));
    const json_t *entry = json_object_get(json_object_get(body, "tables"), table);
    if (entry == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no table \"%s\"", table);
    return database_answer_resource(pending->text, entry, out_result, err);
}

static enum mcp_code render_sample(const struct database_pending *pending,
                                   const struct database_reply *reply,
                                   struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf rows = MCP_BUF_INIT((size_t)80 << 20);
    MCP_TRY(database_answer_rows(reply, "", &rows, err));
    return database_answer_resource_text(pending->text, mcp_buf_view(&rows), out_result, err);
}

static enum mcp_code read_metadata(struct mcp_call *call, const char *uri,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    const struct database_ask ask = {
        .kind = DATABASE_JOB_DESCRIBE, .sql = "", .text = uri, .render = render_metadata};
    return database_pending_start(user, call, &ask, err);
}

static enum mcp_code read_schema(struct mcp_call *call, const char *uri, const json_t *values,
                                 struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    const struct database_ask ask = {.kind = DATABASE_JOB_DESCRIBE,
                                     .sql = "",
                                     .text = uri,
                                     .arguments = values,
                                     .render = render_schema};
    return database_pending_start(user, call, &ask, err);
}

/* What is not in the catalogue is not found; anything else is the engine's to refuse. */
static enum mcp_code read_sample(struct mcp_call *call, const char *uri, const json_t *values,
                                 struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    struct database_service *service = user;
    const char *table = NULL;
    MCP_TRY(mcp_json_get_string(values, "table", &table, err));
    json_t *body MCP_AUTO(mcp_json_decref) = database_catalogue_body(&service->catalogue);
    if (body != NULL && json_object_get(json_object_get(body, "tables"), table) == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no table \"%s\"", table);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(DATABASE_OWN_QUERY_MAX_BYTES);
    database_own_query_sample(&sql, service, table);
    MCP_TRY(mcp_buf_finish(&sql, err));
    json_auto_t *options = json_pack("{s:i}", "max_rows", SAMPLE_ROWS);
    const struct database_ask ask = {.kind = DATABASE_JOB_QUERY,
                                     .sql = sql.data,
                                     .options = options,
                                     .text = uri,
                                     .render = render_sample};
    return database_pending_start(service, call, &ask, err);
}

static bool has_column(const json_t *body, const char *table, const char *column) {
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(database_catalogue_columns(body, table), i, one) {
        if (strcasecmp(json_string_value(json_object_get(one, "name")), column) == 0)
            return true;
    }
    return false;
}

static enum mcp_code read_values(struct mcp_call *call, const char *uri, const json_t *values,
                                 struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    struct database_service *service = user;
    const char *table = NULL;
    const char *column = NULL;
    MCP_TRY(mcp_json_get_string(values, "table", &table, err));
    MCP_TRY(mcp_json_get_string(values, "column", &column, err));
    json_t *body MCP_AUTO(mcp_json_decref) = database_catalogue_body(&service->catalogue);
    if (body != NULL && !has_column(body, table, column))
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no column \"%s\" in \"%s\"", column, table);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(4096);
    database_own_query_values(&sql, service, table, column);
    MCP_TRY(mcp_buf_finish(&sql, err));
    json_auto_t *options = json_pack("{s:i}", "max_rows", COLUMN_VALUES);
    const struct database_ask ask = {.kind = DATABASE_JOB_QUERY,
                                     .sql = sql.data,
                                     .options = options,
                                     .text = uri,
                                     .render = render_sample};
    return database_pending_start(service, call, &ask, err);
}

static enum mcp_code complete_column(struct mcp_call *call, struct mcp_completion *completion,
                                     void *user, struct mcp_err *err) {
    (void)call;
    (void)err;
    struct database_service *service = user;
    json_t *body MCP_AUTO(mcp_json_decref) = database_catalogue_body(&service->catalogue);
    const char *table = json_string_value(json_object_get(completion->context, "table"));
    completion->has_more = !database_catalogue_complete_column(body, table, completion->prefix,
                                                               MAX_PROPOSALS, completion->values);
    return MCP_OK;
}

static enum mcp_code complete_table(struct mcp_call *call, struct mcp_completion *completion,
                                    void *user, struct mcp_err *err) {
    (void)call;
    (void)err;
    struct database_service *service = user;
    json_t *body MCP_AUTO(mcp_json_decref) = database_catalogue_body(&service->catalogue);
    completion->has_more =
        !database_catalogue_complete(body, completion->prefix, MAX_PROPOSALS, completion->values);
    return MCP_OK;
}

static enum mcp_code complete_values(struct mcp_call *call, struct mcp_completion *completion,
                                     void *user, struct mcp_err *err) {
    bool is_column = strcmp(completion->argument, "column") == 0;
    return is_column ? complete_column(call, completion, user, err)
                     : complete_table(call, completion, user, err);
}

/* All of them hand over to a worker process at once. */
enum mcp_code database_resources_add(struct database_service *service, struct mcp_err *err) {
    const struct mcp_resource resources[] = {
        {.uri = "database://metadata",
         .name = "Database Metadata",
         .description = "Tables, columns, types, keys, indexes, row counts and descriptions",
         .mime_type = "application/json",
         .where = MCP_INLINE,
         .read = read_metadata,
         .user = service},
    };
    const struct mcp_resource_template templates[] = {
        {.uri_template = "database://schema/{table}",
         .name = "Table Schema",
         .description = "One table: columns, types, keys, indexes, row count and descriptions",
         .mime_type = "application/json",
         .where = MCP_INLINE,
         .read = read_schema,
         .complete = complete_table,
         .user = service},
        {.uri_template = "database://sample/{table}",
         .name = "Table Sample",
         .description = "The first rows of one table",
         .mime_type = "application/json",
         .where = MCP_INLINE,
         .read = read_sample,
         .complete = complete_table,
         .user = service},
        {.uri_template = "database://values/{table}/{column}",
         .name = "Column Values",
         .description = "The most frequent values of one column, with how often each occurs",
         .mime_type = "application/json",
         .where = MCP_INLINE,
         .read = read_values,
         .complete = complete_values,
         .user = service},
    };
    for (size_t i = 0; i < MCP_COUNT(resources); i++)
        MCP_TRY(mcp_server_add_resource(service->server, &resources[i], err));
    for (size_t i = 0; i < MCP_COUNT(templates); i++)
        MCP_TRY(mcp_server_add_template(service->server, &templates[i], err));
    return MCP_OK;
}
