/* SPDX-License-Identifier: MIT */
/* jobs.h - waiting and running queries, shared between those who ask and the pool's thread.
 * Layer: database. Includes: base. */
#ifndef DATABASE_JOBS_H
#define DATABASE_JOBS_H

#include "database/worker_pool.h"

enum { DATABASE_MAX_WORKERS = 64 };

struct database_job {
    struct database_job *next;
    uint64_t ticket;
    enum database_job_kind kind;
    char *sql;
    size_t sql_len;
    bool is_held; /* added, not yet allowed to run */
    bool is_cancelled;
    database_done_fn *on_done;
    void *user;
};

struct database_jobs; /* has a lock of its own; any thread */

enum mcp_code database_jobs_new(size_t max_waiting, struct database_jobs **out_jobs,
                                struct mcp_err *err) MCP_CHECK;
void database_jobs_free(struct database_jobs *jobs); /* no job may be left */

/* A job with a copy of `sql`; NULL when allocation is refused. */
struct database_job *database_job_new(enum database_job_kind kind, struct mcp_str sql,
                                      database_done_fn *on_done, void *user);
void database_job_free(struct database_job *job);

/* Append, held; taken on success. errors: LIMIT, STATE after close. */
enum mcp_code database_jobs_add(struct database_jobs *jobs, struct database_job *job,
                                uint64_t *out_ticket, struct mcp_err *err) MCP_CHECK;

/* A held job may run from now on. */
void database_jobs_go(struct database_jobs *jobs, uint64_t ticket);

/* The oldest waiting job that is not held, NULL when there is none. With a slot (below
 * DATABASE_MAX_WORKERS) it is running there from this moment, so that a cancel always finds it in
 * one of the two places. */
struct database_job *database_jobs_take(struct database_jobs *jobs, size_t slot);
enum { DATABASE_NO_SLOT = DATABASE_MAX_WORKERS };

void database_jobs_release(struct database_jobs *jobs, size_t slot); /* nothing runs there now */

/* Mark the job of that ticket, waiting or running. */
void database_jobs_cancel(struct database_jobs *jobs, uint64_t ticket);
bool database_jobs_is_cancelled(struct database_jobs *jobs, size_t slot);
struct database_job *database_jobs_take_cancelled(struct database_jobs *jobs); /* a waiting one */

void database_jobs_close(struct database_jobs *jobs); /* refuse new ones from now on */
bool database_jobs_is_closed(struct database_jobs *jobs);

/* waiting, busy; the rest is not touched. */
void database_jobs_count(struct database_jobs *jobs, struct database_pool_counts *out_counts);

#endif
