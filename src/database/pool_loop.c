/* SPDX-License-Identifier: MIT */
/* pool_loop.c - see pool_loop.h. Effect: one thread, its processes. */
#include "database/pool_loop.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "database/frames.h"
#include "database/worker.h"
#include "mcp/clock.h"

enum {
    KILL_AFTER_MS = 1000,
    RESTART_PAUSE_MS = 250, /* after a start that failed; doubled each time */
    LONGEST_PAUSE_MS = 2000,
    START_LONGEST_MS = 5000,
    KEPT_BYTES = 1 << 20,
    PACKETS_A_ROUND = 16
};

static void count_done(struct database_pool *pool) {
    (void)pthread_mutex_lock(&pool->lock);
    pool->done++;
    (void)pthread_mutex_unlock(&pool->lock);
}

static void fail(struct database_pool *pool, struct database_job *job, const struct mcp_err *err) {
    const struct database_reply reply = {.code = err->code, .err = err};
    count_done(pool);
    job->on_done(&reply, job->user);
    database_job_free(job);
}

/* A large answer holds up nobody else's. */
static void hand_out(struct database_pool *pool, struct database_job *job,
                     struct database_parcel *parcel) {
    bool is_large = job->kind == DATABASE_JOB_QUERY &&
                    parcel->rows.len + parcel->text.len > DATABASE_COURIER_BYTES;
    parcel->on_done = job->on_done;
    parcel->user = job->user;
    count_done(pool);
    if (!is_large || !database_courier_take(pool->courier, parcel))
        database_parcel_hand_out(parcel);
    database_job_free(job);
}

/* Take the worker's job away from it; NULL when it had none. */
static struct database_job *release_job(struct database_pool *pool,
                                        struct database_worker *worker) {
    struct database_job *job = worker->job;
    worker->job = NULL;
    if (job != NULL)
        database_jobs_release(pool->jobs, (size_t)(worker - pool->workers));
    return job;
}

static void kill_worker(struct database_pool *pool, struct database_worker *worker) {
    (void)database_process_end(&worker->process);
    worker->state = WORKER_DOWN;
    (void)pthread_mutex_lock(&pool->lock);
    pool->killed++;
    (void)pthread_mutex_unlock(&pool->lock);
}

static void start_worker(struct database_pool *pool, struct database_worker *worker,
                         uint64_t now_ms) {
    struct stat info;
    worker->since_ms = now_ms;
    worker->failed_starts++; /* until it is ready */
    pool->start_err = (struct mcp_err){0};
    if (database_process_start(pool->configuration, &worker->process, &pool->start_err) != MCP_OK)
        return;
    if (pool->path != NULL && stat(pool->path, &info) == 0) {
        worker->device = info.st_dev;
        worker->inode = info.st_ino;
    }
    worker->state = WORKER_STARTING;
    (void)pthread_mutex_lock(&pool->lock);
    pool->respawned++;
    (void)pthread_mutex_unlock(&pool->lock);
}

/* A server that is away is asked ever more seldom, a file that is back is seen soon. */
static uint64_t restart_pause(const struct database_worker *worker) {
    unsigned doublings = worker->failed_starts < 4 ? worker->failed_starts : 4;
    uint64_t pause_ms = (uint64_t)RESTART_PAUSE_MS << (doublings > 0 ? doublings - 1 : 0);
    return pause_ms < LONGEST_PAUSE_MS ? pause_ms : LONGEST_PAUSE_MS;
}

static void tell_first_start(struct database_pool *pool, const struct mcp_err *err) {
    (void)pthread_mutex_lock(&pool->lock);
    if (err == NULL)
        pool->is_up = true;
    else if (!pool->is_up) {
        pool->has_failed = true;
        pool->first_err = *err;
    }
    (void)pthread_cond_broadcast(&pool->started);
    (void)pthread_mutex_unlock(&pool->lock);
}

static void read_error(struct mcp_str text, struct mcp_err *err) {
    json_t *why MCP_AUTO(mcp_json_decref) = NULL;
    if (mcp_json_parse(text, &why, NULL) != MCP_OK) {
        (void)MCP_FAIL(err, MCP_E_PEER, "the query process sent an unreadable error");
        return;
    }
    const char *what = json_string_value(json_object_get(why, "what"));
    const char *where = json_string_value(json_object_get(why, "where"));
    enum mcp_code code = (enum mcp_code)json_integer_value(json_object_get(why, "code"));
    (void)MCP_FAIL(err, code != MCP_OK ? code : MCP_E_PEER, "%s", what != NULL ? what : "");
    (void)mcp_err_at(err, code, "%s", where != NULL ? where : "");
}

/* What one large answer took is not kept for the small ones that follow. */
static void forget_buffer(struct mcp_buf *buffer) {
    size_t max = buffer->max;
    if (buffer->cap > KEPT_BYTES)
        mcp_buf_deinit(buffer);
    mcp_buf_clear(buffer);
    buffer->max = max;
}

static void forget_answer(struct database_worker *worker) {
    forget_buffer(&worker->parcel.columns);
    forget_buffer(&worker->parcel.rows);
    forget_buffer(&worker->parcel.text);
    json_decref(worker->parcel.done);
    worker->parcel.done = NULL;
}

static void on_error_frame(struct database_pool *pool, struct database_worker *worker,
                           struct mcp_str text) {
    struct mcp_err err = {0};
    read_error(text, &err);
    if (worker->state == WORKER_STARTING) {
        pool->start_err = err;
        tell_first_start(pool, &err);
        kill_worker(pool, worker);
        return;
    }
    struct database_job *job = release_job(pool, worker);
    worker->state = WORKER_IDLE;
    forget_answer(worker);
    if (err.code == MCP_E_IO) /* the file is not what it was: a fresh worker opens it anew */
        kill_worker(pool, worker);
    if (job != NULL)
        fail(pool, job, &err);
}

static void on_done_frame(struct database_pool *pool, struct database_worker *worker,
                          struct mcp_str text) {
    struct database_job *job = release_job(pool, worker);
    struct database_parcel *parcel = &worker->parcel;
    struct mcp_err err = {0};
    worker->state = WORKER_IDLE;
    enum mcp_code code = mcp_json_parse(text, &parcel->done, &err);
    if (code == MCP_OK)
        code = mcp_buf_finish(&parcel->rows, &err);
    if (code == MCP_OK)
        code = mcp_buf_finish(&parcel->text, &err);
    parcel->elapsed_ms = mcp_clock_now_ms() - worker->since_ms;
    if (job != NULL && code == MCP_OK)
        hand_out(pool, job, parcel);
    else if (job != NULL)
        fail(pool, job, &err);
    forget_answer(worker);
}

static void on_frame(struct database_pool *pool, struct database_worker *worker, char type,
                     struct mcp_str text) {
    switch (type) {
    case DATABASE_FRAME_READY:
        worker->state = WORKER_IDLE;
        worker->failed_starts = 0;
        tell_first_start(pool, NULL);
        break;
    case DATABASE_FRAME_COLUMNS:
        mcp_buf_add(&worker->parcel.columns, text);
        break;
    case DATABASE_FRAME_ROWS:
        mcp_buf_add(&worker->parcel.rows, text);
        break;
    case DATABASE_FRAME_TEXT:
        mcp_buf_add(&worker->parcel.text, text);
        break;
    case DATABASE_FRAME_DONE:
        on_done_frame(pool, worker, text);
        break;
    default:
        on_error_frame(pool, worker, text);
        break;
    }
}

static void on_worker_gone(struct database_pool *pool, struct database_worker *worker) {
    struct mcp_err err = {0};
    enum database_worker_state was = worker->state;
    int status = database_process_end(&worker->process);
    worker->state = WORKER_DOWN;
    if (status >= 0 && WIFSIGNALED(status))
        (void)MCP_FAIL(&err, MCP_E_IO, "the query process was ended by signal %d; try again",
                       WTERMSIG(status));
    else
        (void)MCP_FAIL(&err, MCP_E_IO, "the query process ended; try again");
    struct database_job *job = release_job(pool, worker);
    if (was == WORKER_STARTING) {
        pool->start_err = err;
        tell_first_start(pool, &err);
    }
    if (job != NULL)
        fail(pool, job, &err);
}

static void on_packet(struct database_pool *pool, struct database_worker *worker,
                      struct mcp_str packet) {
    char type = 0;
    struct mcp_str text = {"", 0};
    while (worker->state != WORKER_DOWN && database_frame_next(&packet, &type, &text))
        on_frame(pool, worker, type, text);
    if (worker->state != WORKER_DOWN && packet.len > 0)
        on_worker_gone(pool, worker); /* not a worker any more, whatever it is */
}

/* A long answer leaves room for the others: the rest is read in the next round. */
static void read_worker(struct database_pool *pool, struct database_worker *worker) {
    for (int i = 0; i < PACKETS_A_ROUND; i++) {
        ssize_t len = recv(worker->process.fd, pool->frame, DATABASE_FRAME_BYTES, MSG_DONTWAIT);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (len <= 0) {
            on_worker_gone(pool, worker);
            return;
        }
        on_packet(pool, worker, (struct mcp_str){pool->frame, (size_t)len});
        if (worker->state == WORKER_DOWN)
            return;
    }
}

static bool is_replaced(const struct database_pool *pool, const struct database_worker *worker) {
    struct stat info;
    if (pool->path == NULL)
        return false;
    return stat(pool->path, &info) != 0 || info.st_dev != worker->device ||
           info.st_ino != worker->inode;
}

static char frame_of(enum database_job_kind kind) {
    switch (kind) {
    case DATABASE_JOB_DESCRIBE:
        return DATABASE_FRAME_DESCRIBE;
    case DATABASE_JOB_OUTLINE:
        return DATABASE_FRAME_OUTLINE;
    case DATABASE_JOB_QUERY:
        break;
    }
    return DATABASE_FRAME_QUERY;
}

static void give_job(struct database_pool *pool, struct database_worker *worker, uint64_t now_ms) {
    struct mcp_err err = {0};
    struct database_job *job = database_jobs_take(pool->jobs, (size_t)(worker - pool->workers));
    worker->job = job;
    if (job == NULL)
        return;
    forget_answer(worker);
    if (database_process_send(&worker->process, frame_of(job->kind),
                              (struct mcp_str){job->sql, job->sql_len}, &err) != MCP_OK) {
        kill_worker(pool, worker);
        fail(pool, release_job(pool, worker), &err);
        return;
    }
    worker->state = WORKER_BUSY;
    worker->since_ms = now_ms;
}

static void fail_all(struct database_pool *pool, const struct mcp_err *err) {
    struct database_job *job = NULL;
    while ((job = database_jobs_take(pool->jobs, DATABASE_NO_SLOT)) != NULL)
        fail(pool, job, err);
}

/* A job that no worker can be had for is answered with the reason, not kept waiting. */
static void fail_waiting(struct database_pool *pool) {
    struct mcp_err err = pool->start_err;
    if (err.code == MCP_OK)
        (void)MCP_FAIL(&err, MCP_E_IO, "no query process could be started");
    fail_all(pool, &err);
}

static void expire(struct database_pool *pool, struct database_worker *worker, uint64_t now_ms) {
    if (worker->state != WORKER_BUSY ||
        now_ms < worker->since_ms + pool->deadline_ms + KILL_AFTER_MS)
        return;
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_TIMEOUT,
                   "the query took longer than %" PRIu64 " ms and was stopped; narrow it with "
                   "WHERE or LIMIT",
                   pool->deadline_ms);
    struct database_job *job = release_job(pool, worker);
    kill_worker(pool, worker);
    fail(pool, job, &err);
}

static void cancel(struct database_pool *pool, struct database_worker *worker) {
    if (worker->job == NULL ||
        !database_jobs_is_cancelled(pool->jobs, (size_t)(worker - pool->workers)))
        return;
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_CANCELLED, "cancelled");
    struct database_job *job = release_job(pool, worker);
    kill_worker(pool, worker);
    fail(pool, job, &err);
}

static void cancel_waiting(struct database_pool *pool) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_CANCELLED, "cancelled");
    struct database_job *job = NULL;
    while ((job = database_jobs_take_cancelled(pool->jobs)) != NULL)
        fail(pool, job, &err);
}

/* A worker that does not come up, stopped by somebody perhaps, is given up and tried anew. */
static void expire_start(struct database_pool *pool, struct database_worker *worker,
                         uint64_t now_ms) {
    if (worker->state != WORKER_STARTING || now_ms < worker->since_ms + START_LONGEST_MS)
        return;
    (void)MCP_FAIL(&pool->start_err, MCP_E_TIMEOUT, "a query process was not ready within %d ms",
                   START_LONGEST_MS);
    tell_first_start(pool, &pool->start_err);
    kill_worker(pool, worker);
}

/* One pass over the workers; true when at least one is or will be able to take jobs. */
static bool serve_workers(struct database_pool *pool, uint64_t now_ms) {
    bool has_any = false;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct database_worker *worker = &pool->workers[i];
        cancel(pool, worker);
        expire(pool, worker, now_ms);
        expire_start(pool, worker, now_ms);
        if (worker->state == WORKER_IDLE && is_replaced(pool, worker))
            kill_worker(pool, worker);
        if (worker->state == WORKER_DOWN && (worker->since_ms == 0 || worker->failed_starts == 0 ||
                                             now_ms >= worker->since_ms + restart_pause(worker)))
            start_worker(pool, worker, now_ms);
        if (worker->state == WORKER_IDLE)
            give_job(pool, worker, now_ms);
        has_any = has_any || worker->state != WORKER_DOWN;
    }
    return has_any;
}

static int next_timeout(const struct database_pool *pool, uint64_t now_ms) {
    uint64_t wait_ms = 1000;
    for (size_t i = 0; i < pool->worker_count; i++) {
        const struct database_worker *worker = &pool->workers[i];
        uint64_t at_ms = worker->state == WORKER_BUSY
                             ? worker->since_ms + pool->deadline_ms + KILL_AFTER_MS
                         : worker->state == WORKER_DOWN ? worker->since_ms + restart_pause(worker)
                                                        : now_ms + wait_ms;
        uint64_t left = at_ms > now_ms ? at_ms - now_ms : 0;
        wait_ms = left < wait_ms ? left : wait_ms;
    }
    return (int)wait_ms;
}

static void wait_for_news(struct database_pool *pool) {
    struct pollfd fds[DATABASE_MAX_WORKERS + 1] = {{pool->wake_fd, POLLIN, 0}};
    uint64_t drained = 0;
    for (size_t i = 0; i < pool->worker_count; i++)
        fds[i + 1] = (struct pollfd){pool->workers[i].process.fd, POLLIN, 0};
    if (poll(fds, pool->worker_count + 1, next_timeout(pool, mcp_clock_now_ms())) <= 0)
        return;
    (void)!read(pool->wake_fd, &drained, sizeof drained);
    for (size_t i = 0; i < pool->worker_count; i++)
        if (fds[i + 1].revents != 0 && pool->workers[i].state != WORKER_DOWN)
            read_worker(pool, &pool->workers[i]);
}

static void end_everything(struct database_pool *pool) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_CANCELLED, "the server is stopping");
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct database_job *job = release_job(pool, &pool->workers[i]);
        kill_worker(pool, &pool->workers[i]);
        if (job != NULL)
            fail(pool, job, &err);
    }
    fail_all(pool, &err);
}

void *database_pool_loop(void *user) {
    struct database_pool *pool = user;
    while (!database_jobs_is_closed(pool->jobs)) {
        cancel_waiting(pool);
        if (!serve_workers(pool, mcp_clock_now_ms()))
            fail_waiting(pool);
        wait_for_news(pool);
    }
    end_everything(pool);
    return NULL;
}
