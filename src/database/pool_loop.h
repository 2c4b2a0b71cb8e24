/* SPDX-License-Identifier: MIT */
/* pool_loop.h - the thread that gives jobs to SQL worker processes. Layer: database.
 * Includes: json. */
#ifndef DATABASE_POOL_LOOP_H
#define DATABASE_POOL_LOOP_H

#include <pthread.h>
#include <sys/types.h>

#include "database/courier.h"
#include "database/jobs.h"
#include "database/worker_process.h"

enum database_worker_state { WORKER_DOWN, WORKER_STARTING, WORKER_IDLE, WORKER_BUSY };

struct database_worker {
    enum database_worker_state state;
    struct database_process process;
    dev_t device; /* of the database file it opened */
    ino_t inode;
    struct database_job *job;
    unsigned failed_starts;        /* in a row */
    uint64_t since_ms;             /* the job began, or the start was tried */
    struct database_parcel parcel; /* its answer so far; large ones go to the courier */
};

struct database_pool {
    pthread_t thread;
    int wake_fd;
    json_t *configuration;
    const char *path;
    uint64_t deadline_ms;
    size_t worker_count;
    struct database_worker workers[DATABASE_MAX_WORKERS]; /* the pool's thread alone */
    char *frame;
    struct mcp_err start_err; /* why the last worker could not start; the thread alone */

    struct database_jobs *jobs;
    struct database_courier *courier;

    pthread_mutex_t lock; /* guards: what follows */
    pthread_cond_t started;
    bool is_up;      /* a worker has been ready */
    bool has_failed; /* the first one could not start */
    struct mcp_err first_err;
    uint64_t done, killed, respawned;
};

/* The thread's function; `user` is the pool. Returns after database_jobs_close. */
void *database_pool_loop(void *user);

#endif
