/* SPDX-License-Identifier: MIT */
/* worker_pool.h - queries in, answers out, over killable processes. Layer: database.
 * Includes: json. */
#ifndef DATABASE_WORKER_POOL_H
#define DATABASE_WORKER_POOL_H

#include "mcp/json.h"

/* Zero means the default. */
struct database_pool_options {
    const json_t
        *configuration;   /* what each worker is told: see worker.h; "path", if any, is watched */
    size_t worker_count;  /* 2; at most 64 */
    size_t max_queue;     /* jobs waiting for a worker; 64 */
    uint64_t deadline_ms; /* the worker's own; it is killed 1,000 ms after it. 2,000 */
    size_t max_result_bytes; /* what a worker may send for one job, rows and text each; 17 MiB
                              */
};

enum database_job_kind { DATABASE_JOB_QUERY, DATABASE_JOB_DESCRIBE, DATABASE_JOB_OUTLINE };

/* Borrowed for the duration of the callback. */
struct database_reply {
    enum mcp_code code;
    const struct mcp_err *err; /* when code is not OK */
    struct mcp_str columns;    /* JSON array; empty for a description */
    struct mcp_str rows;       /* JSON objects joined by commas; or the catalogue */
    struct mcp_buf *storage;   /* of rows, for whoever takes it: rows is gone then. NULL: none */
    struct mcp_str text;       /* the rows as CSV or Markdown when the request asks for it */
    const json_t *done;        /* {"row_count", "truncated", "warnings", "types", "parameters"} */
    uint64_t elapsed_ms;       /* in the worker */
};
typedef void(database_done_fn)(const struct database_reply *reply, void *user);

/* What to run and whom to tell. */
struct database_task {
    enum database_job_kind kind;
    struct mcp_str text;
    database_done_fn *on_done;
    void *user;
};

struct database_pool;

/*
 * Start the pool's thread and its workers; returns when the first of them has opened the database.
 * errors: what the worker reports (NOT_FOUND, IO, ...), TIMEOUT after 10 s, NOMEM.
 */
enum mcp_code database_pool_start(const struct database_pool_options *options,
                                  struct database_pool **out_pool, struct mcp_err *err) MCP_CHECK;

/* Kill what runs, end every job with CANCELLED, join. */
void database_pool_stop(struct database_pool *pool);

/*
 * Queue a job; it stays where it is until database_pool_go, so that a cancel can be arranged for
 * its ticket first. on_done is then called exactly once, on one of the pool's threads: a large
 * answer on one of its own, so that others need not wait while it is put into words.
 *
 *   in      text        copied; for a query what database_request_write makes, else empty
 *   out     out_ticket  for go and cancel
 *   errors  LIMIT       max_queue jobs wait already
 *           STATE       stopping
 *           NOMEM
 *   thread  any
 */
enum mcp_code database_pool_submit(struct database_pool *pool, const struct database_task *task,
                                   uint64_t *out_ticket, struct mcp_err *err) MCP_CHECK;

/* Let a submitted job run. Any thread. */
void database_pool_go(struct database_pool *pool, uint64_t ticket);

/* End a job with CANCELLED soon, wherever it is; unknown tickets are ignored. Any thread. */
void database_pool_cancel(struct database_pool *pool, uint64_t ticket);

struct database_pool_counts {
    size_t workers, busy, waiting;
    uint64_t done, killed, respawned; /* since start */
};
void database_pool_count(struct database_pool *pool, struct database_pool_counts *out_counts);

#endif
