/* SPDX-License-Identifier: MIT */
/* jobs.c - see jobs.h. */
#include "database/jobs.h"

#include <pthread.h>

#include "mcp/alloc.h"

struct database_jobs {
    pthread_mutex_t lock; /* guards: everything here */
    struct database_job *first;
    struct database_job **last;
    size_t waiting;
    size_t max_waiting;
    size_t busy;
    uint64_t next_ticket;
    bool is_closed;
    struct {
        uint64_t ticket; /* 0: nothing runs here */
        bool is_cancelled;
    } running[DATABASE_MAX_WORKERS];
};

enum mcp_code database_jobs_new(size_t max_waiting, struct database_jobs **out_jobs,
                                struct mcp_err *err) {
    struct database_jobs *jobs = mcp_alloc(sizeof *jobs);
    if (jobs == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    (void)pthread_mutex_init(&jobs->lock, NULL);
    jobs->last = &jobs->first;
    jobs->max_waiting = max_waiting;
    jobs->next_ticket = 1;
    *out_jobs = jobs;
    return MCP_OK;
}

void database_jobs_free(struct database_jobs *jobs) {
    if (jobs == NULL)
        return;
    (void)pthread_mutex_destroy(&jobs->lock);
    mcp_free(jobs);
}

struct database_job *database_job_new(enum database_job_kind kind, struct mcp_str sql,
                                      database_done_fn *on_done, void *user) {
    struct database_job *job = mcp_alloc(sizeof *job);
    char *copy = mcp_strndup(sql.len > 0 ? sql.ptr : "", sql.len);
    if (job == NULL || copy == NULL) {
        mcp_free(job);
        mcp_free(copy);
        return NULL;
    }
    *job = (struct database_job){.kind = kind,
                                 .sql = copy,
                                 .sql_len = sql.len,
                                 .is_held = true,
                                 .on_done = on_done,
                                 .user = user};
    return job;
}

void database_job_free(struct database_job *job) {
    if (job == NULL)
        return;
    mcp_free(job->sql);
    mcp_free(job);
}

static enum mcp_code append(struct database_jobs *jobs, struct database_job *job,
                            struct mcp_err *err) {
    if (jobs->is_closed)
        return MCP_FAIL(err, MCP_E_STATE, "the server is stopping");
    if (jobs->waiting >= jobs->max_waiting)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu queries are waiting already; try again later",
                        jobs->waiting);
    job->ticket = jobs->next_ticket++;
    *jobs->last = job;
    jobs->last = &job->next;
    jobs->waiting++;
    return MCP_OK;
}

enum mcp_code database_jobs_add(struct database_jobs *jobs, struct database_job *job,
                                uint64_t *out_ticket, struct mcp_err *err) {
    (void)pthread_mutex_lock(&jobs->lock);
    enum mcp_code code = append(jobs, job, err);
    if (code == MCP_OK && out_ticket != NULL)
        *out_ticket = job->ticket;
    (void)pthread_mutex_unlock(&jobs->lock);
    return code;
}

/* Unlink what *link points at; the lock is held. */
static struct database_job *unlink_job(struct database_jobs *jobs, struct database_job **link) {
    struct database_job *job = *link;
    if (job == NULL)
        return NULL;
    *link = job->next;
    if (job->next == NULL)
        jobs->last = link;
    job->next = NULL;
    jobs->waiting--;
    return job;
}

void database_jobs_go(struct database_jobs *jobs, uint64_t ticket) {
    (void)pthread_mutex_lock(&jobs->lock);
    for (struct database_job *job = jobs->first; job != NULL; job = job->next)
        job->is_held = job->is_held && job->ticket != ticket;
    (void)pthread_mutex_unlock(&jobs->lock);
}

struct database_job *database_jobs_take(struct database_jobs *jobs, size_t slot) {
    (void)pthread_mutex_lock(&jobs->lock);
    struct database_job **link = &jobs->first;
    while (*link != NULL && (*link)->is_held && !jobs->is_closed)
        link = &(*link)->next;
    struct database_job *job = unlink_job(jobs, link);
    if (job != NULL && slot < DATABASE_MAX_WORKERS) {
        jobs->busy++;
        jobs->running[slot].ticket = job->ticket;
        jobs->running[slot].is_cancelled = job->is_cancelled;
    }
    (void)pthread_mutex_unlock(&jobs->lock);
    return job;
}

void database_jobs_release(struct database_jobs *jobs, size_t slot) {
    (void)pthread_mutex_lock(&jobs->lock);
    jobs->busy -= jobs->running[slot].ticket != 0 ? 1 : 0;
    jobs->running[slot].ticket = 0;
    jobs->running[slot].is_cancelled = false;
    (void)pthread_mutex_unlock(&jobs->lock);
}

void database_jobs_cancel(struct database_jobs *jobs, uint64_t ticket) {
    (void)pthread_mutex_lock(&jobs->lock);
    for (struct database_job *job = jobs->first; job != NULL; job = job->next)
        job->is_cancelled = job->is_cancelled || job->ticket == ticket;
    for (size_t i = 0; i < DATABASE_MAX_WORKERS; i++)
        if (ticket != 0 && jobs->running[i].ticket == ticket)
            jobs->running[i].is_cancelled = true;
    (void)pthread_mutex_unlock(&jobs->lock);
}

bool database_jobs_is_cancelled(struct database_jobs *jobs, size_t slot) {
    (void)pthread_mutex_lock(&jobs->lock);
    bool is_cancelled = jobs->running[slot].is_cancelled;
    (void)pthread_mutex_unlock(&jobs->lock);
    return is_cancelled;
}

struct database_job *database_jobs_take_cancelled(struct database_jobs *jobs) {
    (void)pthread_mutex_lock(&jobs->lock);
    struct database_job **link = &jobs->first;
    while (*link != NULL && ((*link)->is_held || !(*link)->is_cancelled))
        link = &(*link)->next;
    struct database_job *job = unlink_job(jobs, link);
    (void)pthread_mutex_unlock(&jobs->lock);
    return job;
}

void database_jobs_close(struct database_jobs *jobs) {
    (void)pthread_mutex_lock(&jobs->lock);
    jobs->is_closed = true;
    (void)pthread_mutex_unlock(&jobs->lock);
}

bool database_jobs_is_closed(struct database_jobs *jobs) {
    (void)pthread_mutex_lock(&jobs->lock);
    bool is_closed = jobs->is_closed;
    (void)pthread_mutex_unlock(&jobs->lock);
    return is_closed;
}

void database_jobs_count(struct database_jobs *jobs, struct database_pool_counts *out_counts) {
    (void)pthread_mutex_lock(&jobs->lock);
    out_counts->waiting = jobs->waiting;
    out_counts->busy = jobs->busy;
    (void)pthread_mutex_unlock(&jobs->lock);
}
