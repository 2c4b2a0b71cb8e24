/* SPDX-License-Identifier: MIT */
/* service.h - what the handlers of this program share. Layer: database. Includes: json. */
#ifndef DATABASE_SERVICE_H
#define DATABASE_SERVICE_H

#include <stdatomic.h>

#include "database/catalogue.h"
#include "database/worker_pool.h"
#include "mcp/server.h"

/* Set up before the server starts, read by handlers on any thread. */
struct database_service {
    struct database_pool *pool;
    const json_t *settings;
    const json_t *descriptions; /* NULL: none */
    struct database_catalogue catalogue;
    struct mcp_server *server;
    uint64_t started_ms;
    const char *version;
    bool is_postgres;       /* else SQLite */
    atomic_bool is_looking; /* one look at a time waits for a worker */
};

/* The rows of tools.c and resources.c. */
enum mcp_code database_tools_add(struct database_service *service, struct mcp_err *err) MCP_CHECK;
enum mcp_code database_resources_add(struct database_service *service,
                                     struct mcp_err *err) MCP_CHECK;

/* Describe the database anew, tell clients what changed and the log what does not fit. Returns at
 * once; any thread. */
void database_refresh(struct database_service *service);

/* Ask whether the schema has changed, and refresh when it has. Returns at once; any thread. */
void database_look(struct database_service *service);

struct database_pending;

/* Make the result of a reply that went well. */
typedef enum mcp_code(database_render_fn)(const struct database_pending *pending,
                                          const struct database_reply *reply,
                                          struct mcp_result *out_result, struct mcp_err *err);

/* What a call asks of the pool; everything is copied or referenced. */
struct database_ask {
    enum database_job_kind kind;
    const char *sql;         /* "" for a description */
    const json_t *options;   /* of request.h; NULL: none */
    const char *text;        /* the query, the URI, the table: for the renderer */
    const json_t *arguments; /* for the renderer; NULL: none */
    database_render_fn *render;
};

/* A call that waits for a worker. */
struct database_pending {
    struct database_service *service;
    struct mcp_call *call;
    uint64_t ticket;
    char *text;
    json_t *arguments;
    database_render_fn *render;
};

/* Keep the call and submit; PENDING on success. A cancelled call cancels the job. */
enum mcp_code database_pending_start(struct database_service *service, struct mcp_call *call,
                                     const struct database_ask *ask, struct mcp_err *err) MCP_CHECK;

/* The body of database://metadata from a worker's description; it is remembered. */
enum mcp_code database_metadata(struct database_service *service,
                                const struct database_reply *reply, json_t **out_body,
                                struct mcp_err *err) MCP_CHECK;

/* /health */
unsigned database_health_render(struct mcp_buf *out, void *service);

#endif
