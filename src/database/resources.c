/* SPDX-License-Identifier: MIT */
/* resources.c - the resources of this program, a row each; see service.h. */
#include <string.h>
#include <strings.h>

#include "database/answer.h"
#include "database/describe.h"
#include "database/service.h"
#include "mcp/log.h"

enum { MAX_PROPOSALS = 100, SAMPLE_ROWS = 5, COLUMN_VALUES = 20 };

static void log_mismatches(const json_t *mismatches) {
    size_t i = 0;
    json_t *sentence = NULL;
    json_array_foreach(mismatches, i, sentence) {
        MCP_LOG(WARN, "mcp-database", "metadata: %s", json_string_value(sentence));
    }
}

static void tell_table(const struct database_service *service, const char *name) {
    static const char *const kinds[] = {"schema", "sample"};
    for (size_t i = 0; i < MCP_COUNT(kinds); i++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf uri = MCP_BUF_INIT(4096);
        mcp_buf_addf(&uri, "database://%s/%s", kinds[i], name);
        if (mcp_buf_finish(&uri, NULL) == MCP_OK)
            mcp_server_resource_changed(service->server, uri.data);
    }
}

/* A table's own resources are told to have changed when its description has, or is no more. */
static void tell_tables(const struct database_service *service, const json_t *before,
                        const json_t *now) {
    const char *name = NULL;
    json_t *entry = NULL;
    json_t *old = json_object_get(before, "tables");
    json_t *tables = json_object_get(now, "tables");
    json_object_foreach(tables, name, entry) {
        if (!json_equal(json_object_get(old, name), entry))
            tell_table(service, name);
    }
    json_object_foreach(old, name, entry) {
        if (json_object_get(tables, name) == NULL)
            tell_table(service, name);
    }
}

/* Remember what is known now, and tell who may want to hear of it. */
static void publish(struct database_service *service, json_t *body, json_t *mismatches) {
    json_t *before MCP_AUTO(mcp_json_decref) = database_catalogue_body(&service->catalogue);
    struct database_news news =
        database_catalogue_set(&service->catalogue, json_incref(body), json_incref(mismatches));
    if (news.has_other_mistakes)
        log_mismatches(mismatches);
    if (news.has_changed) {
        mcp_server_resource_changed(service->server, "database://metadata");
        tell_tables(service, before, body);
    }
    if (news.has_other_tables)
        mcp_server_resource_list_changed(service->server);
}

enum mcp_code database_metadata(struct database_service *service,
                                const struct database_reply *reply, json_t **out_body,
                                struct mcp_err *err) {
    json_t *catalogue MCP_AUTO(mcp_json_decref) = NULL;
    json_t *body MCP_AUTO(mcp_json_decref) = NULL;
    json_t *mismatches MCP_AUTO(mcp_json_decref) = json_array();
    const char *name = json_string_value(json_object_get(service->settings, "server_name"));
    MCP_TRY(mcp_json_parse(reply->rows, &catalogue, err));
    json_t *warnings = json_object_get(catalogue, "warnings"); /* for the operator alone */
    if (warnings != NULL && (json_array_extend(mismatches, warnings) != 0 ||
                             json_object_del(catalogue, "warnings") != 0))
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(database_describe_merge(
        catalogue, &(struct database_writing){name, service->descriptions, service->settings},
        &body, mismatches, err));
    publish(service, body, mismatches);
    *out_body = MCP_TAKE(body);
    return MCP_OK;
}

static void on_refreshed(const struct database_reply *reply, void *user) {
    json_t *body MCP_AUTO(mcp_json_decref) = NULL;
    struct mcp_err err = {0};
    if (reply->code == MCP_OK && database_metadata(user, reply, &body, &err) == MCP_OK)
        return;
    const struct mcp_err *why = reply->code == MCP_OK ? &err : reply->err;
    if (why->code != MCP_E_CANCELLED)
        MCP_LOG(WARN, "mcp-database", "cannot describe the database: %s", why->what);
}

void database_refresh(struct database_service *service) {
    uint64_t ticket = 0;
    struct mcp_err err = {0};
    if (database_pool_submit(
            service->pool,
            &(struct database_task){DATABASE_JOB_DESCRIBE, MCP_STR(""), on_refreshed, service},
            &ticket, &err) == MCP_OK)
        database_pool_go(service->pool, ticket);
    else
        MCP_LOG(WARN, "mcp-database", "cannot describe the database: %s", err.what);
}

/* A database that is away now is asked again at the next look. */
static void on_looked(const struct database_reply *reply, void *user) {
    struct database_service *service = user;
    if (reply->code == MCP_OK && database_catalogue_outline(&service->catalogue, reply->rows))
        database_refresh(service);
    atomic_store(&service->is_looking, false);
}

void database_look(struct database_service *service) {
    uint64_t ticket = 0;
    const struct database_task task = {DATABASE_JOB_OUTLINE, MCP_STR(""), on_looked, service};
    if (atomic_exchange(&service->is_looking, true))
        return;
    if (database_pool_submit(service->pool, &task, &ticket, NULL) == MCP_OK)
        database_pool_go(service->pool, ticket);
    else
        atomic_store(&service->is_looking, false);
}

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

/* Names are compared as SQLite does. */
static const json_t *find_columns(const json_t *body, const char *table) {
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach(json_object_get(body, "tables"), name, entry) {
        if (strcasecmp(name, table) == 0)
            return json_object_get(entry, "columns");
    }
    return NULL;
}

void database_add_sample(struct mcp_buf *out, struct database_service *service, const char *table) {
    json_t *body MCP_AUTO(mcp_json_decref) = database_catalogue_body(&service->catalogue);
    bool hides = service->is_postgres ||
                 json_array_size(json_object_get(service->settings, "allow")) > 0 ||
                 json_array_size(json_object_get(service->settings, "deny")) > 0;
    const json_t *columns = hides ? find_columns(body, table) : NULL;
    mcp_buf_add(out, json_array_size(columns) > 0 ? MCP_STR("SELECT ") : MCP_STR("SELECT *"));
    for (size_t i = 0; i < json_array_size(columns); i++) {
        if (i > 0)
            mcp_buf_add(out, MCP_STR(", "));
        database_add_identifier(
            out, json_string_value(json_object_get(json_array_get(columns, i), "name")));
    }
    mcp_buf_add(out, MCP_STR(" FROM "));
    database_add_table(out, service, table);
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
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(DATABASE_MAX_SAMPLE_BYTES);
    database_add_sample(&sql, service, table);
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
    json_array_foreach(find_columns(body, table), i, one) {
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
    database_add_values(&sql, service, table, column);
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
