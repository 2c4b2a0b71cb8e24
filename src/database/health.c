/* SPDX-License-Identifier: MIT */
/* health.c - see service.h: the page /health. */
#include <inttypes.h>

#include "database/service.h"
#include "mcp/clock.h"

enum { HTTP_OK = 200, HTTP_UNAVAILABLE = 503 };

unsigned database_health_render(struct mcp_buf *out, void *service) {
    struct database_service *database = service;
    json_t *mismatches MCP_AUTO(mcp_json_decref) =
        database_catalogue_mismatches(&database->catalogue);
    bool is_stopping = mcp_server_is_stopping(database->server);
    struct database_pool_counts pool = {0};
    struct mcp_server_counts counts = {0};
    database_pool_count(database->pool, &pool);
    mcp_server_count(database->server, &counts);
    mcp_buf_addf(out, "{\"status\":\"%s\",\"name\":", is_stopping ? "stopping" : "ok");
    mcp_json_add_string(out, mcp_json_str(json_object_get(database->settings, "server_name")));
    mcp_buf_addf(out, ",\"version\":\"%s\",\"uptime_s\":%" PRIu64, database->version,
                 (mcp_clock_now_ms() - database->started_ms) / 1000);
    mcp_buf_addf(out,
                 ",\"engine\":\"%s\",\"workers\":{\"count\":%zu,\"busy\":%zu,\"waiting\":%zu,"
                 "\"done\":%" PRIu64 ",\"killed\":%" PRIu64 "}",
                 database->is_postgres ? "postgresql" : "sqlite", pool.workers, pool.busy,
                 pool.waiting, pool.done, pool.killed);
    mcp_buf_addf(out, ",\"sessions\":%zu,\"streams\":%zu,\"metadata_mismatches\":", counts.sessions,
                 counts.streams);
    if (mismatches == NULL || mcp_json_write(mismatches, out, NULL) != MCP_OK)
        mcp_buf_add(out, MCP_STR("[]"));
    mcp_buf_add(out, MCP_STR("}\n"));
    return is_stopping ? HTTP_UNAVAILABLE : HTTP_OK;
}
