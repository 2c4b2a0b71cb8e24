/* SPDX-License-Identifier: MIT */
/* refresh.c - what the database is described as, kept true and told to clients; see service.h. */
#include <string.h>

#include "database/describe.h"
#include "database/service.h"
#include "mcp/log.h"

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
