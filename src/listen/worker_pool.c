/* SPDX-License-Identifier: MIT */
/* worker_pool.c - see worker_pool.h. */
#include "listen/worker_pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "listen/os_error.h"
#include "mcp/alloc.h"

struct waiting_job {
    void (*run)(void *arg);
    void *arg;
};

struct mcp_worker_pool {
    size_t queue_length;
    size_t thread_count; /* started */
    pthread_t *threads;
    pthread_mutex_t lock; /* guards: ring contents, first, count, is_stopping */
    pthread_cond_t has_work;
    struct waiting_job *ring; /* queue_length slots */
    size_t first;
    size_t count;
    bool is_stopping;
};

/* False when the pool stops and nothing is left to do. */
static bool take(struct mcp_worker_pool *pool, struct waiting_job *out_job) {
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->count == 0 && !pool->is_stopping)
        (void)pthread_cond_wait(&pool->has_work, &pool->lock);
    bool has_job = pool->count > 0;
    if (has_job) {
        *out_job = pool->ring[pool->first];
        pool->first = (pool->first + 1) % pool->queue_length;
        pool->count--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return has_job;
}

static void *work(void *arg) {
    struct mcp_worker_pool *pool = arg;
    struct waiting_job job;
    while (take(pool, &job))
        job.run(job.arg);
    return NULL;
}

void mcp_worker_pool_stop(struct mcp_worker_pool *pool) {
    if (pool == NULL)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    (void)pthread_cond_broadcast(&pool->has_work);
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->thread_count; i++)
        (void)pthread_join(pool->threads[i], NULL);
    (void)pthread_cond_destroy(&pool->has_work);
    (void)pthread_mutex_destroy(&pool->lock);
    mcp_free(pool->threads);
    mcp_free(pool->ring);
    mcp_free(pool);
}

/* Signals are for the main thread: a worker inherits a mask that blocks them all. */
static enum mcp_code start_threads(struct mcp_worker_pool *pool, size_t thread_count,
                                   struct mcp_err *err) {
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = 0;
    while (rc == 0 && pool->thread_count < thread_count) {
        rc = pthread_create(&pool->threads[pool->thread_count], NULL, work, pool);
        if (rc == 0)
            pool->thread_count++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = rc;
    return rc == 0 ? MCP_OK : mcp_os_error(err, "no more threads");
}

enum mcp_code mcp_worker_pool_start(size_t thread_count, size_t queue_length,
                                    struct mcp_worker_pool **out_pool, struct mcp_err *err) {
    if (thread_count < 1 || thread_count > MCP_WORKER_POOL_MAX_THREADS)
        return MCP_FAIL(err, MCP_E_INVALID, "%zu workers: not 1 to %d", thread_count,
                        MCP_WORKER_POOL_MAX_THREADS);
    if (queue_length < 1 || queue_length > MCP_WORKER_POOL_MAX_QUEUE)
        return MCP_FAIL(err, MCP_E_INVALID, "%zu waiting jobs: not 1 to %d", queue_length,
                        MCP_WORKER_POOL_MAX_QUEUE);
    struct mcp_worker_pool *pool = mcp_alloc(sizeof *pool);
    if (pool == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->has_work, NULL);
    pool->queue_length = queue_length;
    pool->threads = mcp_alloc(thread_count * sizeof *pool->threads);
    pool->ring = mcp_alloc(queue_length * sizeof *pool->ring);
    enum mcp_code code = MCP_OK;
    if (pool->threads == NULL || pool->ring == NULL)
        code = MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    else
        code = start_threads(pool, thread_count, err);
    if (code != MCP_OK) {
        mcp_worker_pool_stop(pool);
        return code;
    }
    *out_pool = pool;
    return MCP_OK;
}

enum mcp_code mcp_worker_pool_submit(struct mcp_worker_pool *pool, void (*job)(void *arg),
                                     void *arg, struct mcp_err *err) {
    (void)pthread_mutex_lock(&pool->lock);
    bool is_stopping = pool->is_stopping;
    bool is_full = pool->count == pool->queue_length;
    if (!is_stopping && !is_full) {
        size_t last = (pool->first + pool->count) % pool->queue_length;
        pool->ring[last] = (struct waiting_job){job, arg};
        pool->count++;
        (void)pthread_cond_signal(&pool->has_work);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    if (is_stopping)
        return MCP_FAIL(err, MCP_E_STATE, "stopping");
    if (is_full)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu calls wait for a worker", pool->queue_length);
    return MCP_OK;
}

static enum mcp_code submit(void *user, void (*job)(void *arg), void *arg, struct mcp_err *err) {
    return mcp_worker_pool_submit(user, job, arg, err);
}

struct mcp_executor mcp_worker_pool_executor(struct mcp_worker_pool *pool) {
    return (struct mcp_executor){.submit = submit, .user = pool};
}
