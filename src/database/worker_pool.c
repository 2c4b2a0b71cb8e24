/* SPDX-License-Identifier: MIT */
/* worker_pool.c - see worker_pool.h. Effect: starts and joins one thread. */
#include "database/worker_pool.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "database/pool_loop.h"
#include "database/worker.h"
#include "mcp/alloc.h"

enum { START_WAIT_MS = 10000 };

static void wake(struct database_pool *pool) {
    uint64_t one = 1;
    (void)!write(pool->wake_fd, &one, sizeof one);
}

static void free_pool(struct database_pool *pool) {
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->worker_count; i++) {
        mcp_buf_deinit(&pool->workers[i].parcel.columns);
        mcp_buf_deinit(&pool->workers[i].parcel.rows);
        mcp_buf_deinit(&pool->workers[i].parcel.text);
    }
    database_courier_stop(pool->courier);
    if (pool->wake_fd >= 0)
        (void)close(pool->wake_fd);
    (void)pthread_mutex_destroy(&pool->lock);
    (void)pthread_cond_destroy(&pool->started);
    database_jobs_free(pool->jobs);
    json_decref(pool->configuration);
    mcp_free(pool->frame);
    mcp_free(pool);
}

static void free_poolp(struct database_pool **pool) {
    free_pool(*pool);
}

static enum mcp_code init_pool(struct database_pool *pool,
                               const struct database_pool_options *options, struct mcp_err *err) {
    size_t max_bytes = options->max_result_bytes > 0 ? options->max_result_bytes : (size_t)17 << 20;
    pool->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pool->configuration = json_deep_copy(options->configuration);
    pool->path = json_string_value(json_object_get(pool->configuration, "path"));
    pool->deadline_ms = options->deadline_ms > 0 ? options->deadline_ms : 2000;
    pool->worker_count = options->worker_count > 0 ? options->worker_count : 2;
    pool->frame = mcp_alloc(DATABASE_FRAME_BYTES);
    (void)pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&pool->started, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    for (size_t i = 0; i < DATABASE_MAX_WORKERS; i++) {
        pool->workers[i].process.fd = -1;
        pool->workers[i].parcel.columns = (struct mcp_buf)MCP_BUF_INIT(max_bytes);
        pool->workers[i].parcel.rows = (struct mcp_buf)MCP_BUF_INIT(max_bytes);
        pool->workers[i].parcel.text = (struct mcp_buf)MCP_BUF_INIT(2 * max_bytes);
    }
    if (pool->worker_count > DATABASE_MAX_WORKERS)
        return MCP_FAIL(err, MCP_E_INVALID, "at most %d query processes", DATABASE_MAX_WORKERS);
    if (pool->wake_fd < 0)
        return MCP_FAIL(err, MCP_E_IO, "eventfd: %s", strerrordesc_np(errno));
    if (pool->frame == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(database_jobs_new(options->max_queue > 0 ? options->max_queue : 64, &pool->jobs, err));
    return database_courier_start(&pool->courier, err);
}

static enum mcp_code wait_first(struct database_pool *pool, struct mcp_err *err) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += START_WAIT_MS / 1000;
    int rc = 0;
    (void)pthread_mutex_lock(&pool->lock);
    while (!pool->is_up && !pool->has_failed && rc == 0)
        rc = pthread_cond_timedwait(&pool->started, &pool->lock, &until);
    bool is_up = pool->is_up;
    bool has_failed = pool->has_failed;
    struct mcp_err why = pool->first_err;
    (void)pthread_mutex_unlock(&pool->lock);
    if (is_up)
        return MCP_OK;
    if (!has_failed)
        return MCP_FAIL(err, MCP_E_TIMEOUT, "no query process was ready within %d ms",
                        START_WAIT_MS);
    if (err != NULL)
        *err = why;
    return why.code;
}

enum mcp_code database_pool_start(const struct database_pool_options *options,
                                  struct database_pool **out_pool, struct mcp_err *err) {
    struct database_pool *pool MCP_AUTO(free_poolp) = mcp_alloc(sizeof *pool);
    if (pool == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(init_pool(pool, options, err));
    int rc = pthread_create(&pool->thread, NULL, database_pool_loop, pool);
    if (rc != 0)
        return MCP_FAIL(err, MCP_E_IO, "thread: %s", strerrordesc_np(rc));
    enum mcp_code code = wait_first(pool, err);
    if (code != MCP_OK) {
        database_pool_stop(MCP_TAKE(pool));
        return code;
    }
    *out_pool = MCP_TAKE(pool);
    return MCP_OK;
}

void database_pool_stop(struct database_pool *pool) {
    if (pool == NULL)
        return;
    database_jobs_close(pool->jobs);
    wake(pool);
    (void)pthread_join(pool->thread, NULL);
    free_pool(pool);
}

enum mcp_code database_pool_submit(struct database_pool *pool, const struct database_task *task,
                                   uint64_t *out_ticket, struct mcp_err *err) {
    if (task->text.len >= DATABASE_FRAME_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "the query is longer than %d bytes",
                        DATABASE_FRAME_BYTES - 1);
    struct database_job *job = database_job_new(task->kind, task->text, task->on_done, task->user);
    if (job == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    enum mcp_code code = database_jobs_add(pool->jobs, job, out_ticket, err);
    if (code != MCP_OK)
        database_job_free(job);
    return code;
}

void database_pool_go(struct database_pool *pool, uint64_t ticket) {
    database_jobs_go(pool->jobs, ticket);
    wake(pool);
}

void database_pool_cancel(struct database_pool *pool, uint64_t ticket) {
    database_jobs_cancel(pool->jobs, ticket);
    wake(pool);
}

void database_pool_count(struct database_pool *pool, struct database_pool_counts *out_counts) {
    (void)pthread_mutex_lock(&pool->lock);
    *out_counts = (struct database_pool_counts){.workers = pool->worker_count,
                                                .done = pool->done,
                                                .killed = pool->killed,
                                                .respawned = pool->respawned};
    (void)pthread_mutex_unlock(&pool->lock);
    database_jobs_count(pool->jobs, out_counts);
}
