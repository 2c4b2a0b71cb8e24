/* SPDX-License-Identifier: MIT */
/* service.h - what the handlers of this program share. Layer: database. Includes: json. */
#ifndef DATABASE_SERVICE_H
#define DATABASE_SERVICE_H

#include "database/worker_pool.h"
#include "mcp/server.h"

/* Set up before the server starts, read by handlers on any thread. */
struct database_service {
    struct database_pool *pool;
    const json_t *settings;
    const json_t *descriptions; /* NULL: none */
    const json_t *mismatches;   /* array of sentences */
    struct mcp_server *server;
    uint64_t started_ms;
    const char *version;
};

/* The rows of tools.c and resources.c. */
enum mcp_code database_tools_add(struct database_service *service, struct mcp_err *err) MCP_CHECK;
enum mcp_code database_resources_add(struct database_service *service,
                                     struct mcp_err *err) MCP_CHECK;

/* A call that waits for a worker. Freed by database_pending_end. */
struct database_pending {
    struct database_service *service;
    struct mcp_call *call;
    uint64_t ticket;
    char *text; /* the query, or the URI; owned */
};

/* Keep the call and submit; PENDING on success. A cancelled call cancels the job. */
enum mcp_code database_pending_start(struct database_service *service, struct mcp_call *call,
                                     enum database_job_kind kind, struct mcp_str sql,
                                     const char *text, database_done_fn *on_done,
                                     struct mcp_err *err) MCP_CHECK;
void database_pending_free(struct database_pending *pending);

/* /health */
unsigned database_health_render(struct mcp_buf *out, void *service);

#endif
