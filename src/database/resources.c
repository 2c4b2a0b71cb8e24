/* SPDX-License-Identifier: MIT */
/* resources.c - the resources of this program, a row each; see service.h. */
#include "database/answer.h"
#include "database/describe.h"
#include "database/service.h"

static enum mcp_code make_metadata(const struct database_pending *pending,
                                   const struct database_reply *reply,
                                   struct mcp_result *out_result, struct mcp_err *err) {
    json_t *catalogue MCP_AUTO(mcp_json_decref) = NULL;
    json_t *body MCP_AUTO(mcp_json_decref) = NULL;
    json_t *mismatches MCP_AUTO(mcp_json_decref) = json_array();
    const struct database_service *service = pending->service;
    const char *name = json_string_value(json_object_get(service->settings, "server_name"));
    MCP_TRY(mcp_json_parse(reply->rows, &catalogue, err));
    MCP_TRY(
        database_describe_merge(catalogue, service->descriptions, name, &body, mismatches, err));
    return database_answer_resource(pending->text, body, out_result, err);
}

static void on_described(const struct database_reply *reply, void *user) {
    struct database_pending *pending = user;
    struct mcp_err err = {0};
    struct mcp_result result;
    mcp_result_init(&result);
    if (reply->code != MCP_OK)
        mcp_call_fail(pending->call, reply->err);
    else if (make_metadata(pending, reply, &result, &err) != MCP_OK)
        mcp_call_fail(pending->call, &err);
    else
        mcp_call_finish(pending->call, &result);
    mcp_result_deinit(&result);
    database_pending_free(pending);
}

static enum mcp_code read_metadata(struct mcp_call *call, const char *uri,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)result;
    return database_pending_start(user, call, DATABASE_JOB_DESCRIBE, MCP_STR(""), uri, on_described,
                                  err);
}

enum mcp_code database_resources_add(struct database_service *service, struct mcp_err *err) {
    const struct mcp_resource resources[] = {
        {.uri = "database://metadata",
         .name = "Database Metadata",
         .description = "Tables, columns, types, keys, indexes, row counts and descriptions",
         .mime_type = "application/json",
         .where = MCP_INLINE, /* hands over to a worker process at once */
         .read = read_metadata,
         .user = service},
    };
    for (size_t i = 0; i < MCP_COUNT(resources); i++)
        MCP_TRY(mcp_server_add_resource(service->server, &resources[i], err));
    return MCP_OK;
}
