/* SPDX-License-Identifier: MIT */
/* loop.c - see loop.h and mcp/dial.h. Effect: one thread that waits for everything. */
#include "dial/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client/pending.h"
#include "dial/era_cache.h"
#include "dial/proxy.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"

enum {
    MAX_TIMERS = 1 << 20,       /* of mcp_loop_after */
    MAX_IDLE_EASY = 64,         /* kept for the next transfers */
    MAX_IDLE_CONNECTIONS = 512, /* kept open between transfers */
    MAX_EVENTS_PER_ROUND = 256, /* then the others get their turn */
    MAX_TIMERS_PER_ROUND = 256,
    MAX_WAIT_MS = 60000
};

struct mcp_loop {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards: posted, posted_last, is_stopping */
    struct mcp_loop_job *posted;
    struct mcp_loop_job *posted_last;
    bool is_stopping;
    struct mcp_proxy_env proxies; /* constant */
    /* The loop's thread only, from here on. */
    CURLM *multi;
    int epoll_fd;
    size_t watch_count;
    struct mcp_loop_timer *timers; /* by due_ms */
    struct mcp_loop_timer *timers_last;
    struct mcp_pending *afters;
    struct mcp_era_cache *eras;
    struct mcp_loop_guest *guests;
    bool told_guests; /* is_stopping was seen and every guest told to close */
    struct mcp_loop_job *curl_jobs;
    struct mcp_loop_job *curl_jobs_last;
    CURL *idle[MAX_IDLE_EASY];
    size_t idle_count;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready = CURLE_FAILED_INIT;

static void init_curl(void) {
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* --- posting ---------------------------------------------------------------------------------- */

static void append(struct mcp_loop_job **first, struct mcp_loop_job **last,
                   struct mcp_loop_job *job) {
    job->next = NULL;
    if (*first == NULL)
        *first = job;
    else
        (*last)->next = job;
    *last = job;
}

struct mcp_era_cache *mcp_loop_eras(struct mcp_loop *loop) {
    return loop->eras;
}

const struct mcp_proxy_env *mcp_loop_proxies(const struct mcp_loop *loop) {
    return &loop->proxies;
}

void mcp_loop_push(struct mcp_loop *loop, struct mcp_loop_job *job) {
    (void)pthread_mutex_lock(&loop->mutex);
    bool was_empty = loop->posted == NULL;
    append(&loop->posted, &loop->posted_last, job);
    /* Inside the lock: once it is released the loop may be gone, if this was its last job. */
    if (was_empty)
        (void)curl_multi_wakeup(loop->multi);
    (void)pthread_mutex_unlock(&loop->mutex);
}

bool mcp_loop_is_own_thread(const struct mcp_loop *loop) {
    return pthread_equal(loop->thread, pthread_self()) != 0;
}

struct posted {
    struct mcp_loop_job job;
    void (*fn)(void *user);
    void *user;
};

static void run_posted(void *user) {
    struct posted posted = *(struct posted *)user;
    mcp_free(user);
    posted.fn(posted.user);
}

enum mcp_code mcp_loop_post(struct mcp_loop *loop, void (*fn)(void *user), void *user,
                            struct mcp_err *err) {
    struct posted *posted = mcp_alloc(sizeof *posted);
    if (posted == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a posted function");
    *posted = (struct posted){.job = {.fn = run_posted, .user = posted}, .fn = fn, .user = user};
    (void)pthread_mutex_lock(&loop->mutex);
    bool is_stopping = loop->is_stopping;
    (void)pthread_mutex_unlock(&loop->mutex);
    if (is_stopping) {
        mcp_free(posted);
        return MCP_FAIL(err, MCP_E_STATE, "the loop is stopping");
    }
    mcp_loop_push(loop, &posted->job);
    return MCP_OK;
}

struct waited {
    void (*fn)(void *user);
    void *user;
    pthread_mutex_t mutex; /* guards: is_done */
    pthread_cond_t done;
    bool is_done;
};

static void run_waited(void *user) {
    struct waited *waited = user;
    waited->fn(waited->user);
    (void)pthread_mutex_lock(&waited->mutex);
    waited->is_done = true;
    (void)pthread_cond_signal(&waited->done);
    (void)pthread_mutex_unlock(&waited->mutex);
}

void mcp_loop_run(struct mcp_loop *loop, void (*fn)(void *user), void *user) {
    if (mcp_loop_is_own_thread(loop)) {
        fn(user);
        return;
    }
    struct waited waited = {.fn = fn, .user = user};
    (void)pthread_mutex_init(&waited.mutex, NULL);
    (void)pthread_cond_init(&waited.done, NULL);
    struct mcp_loop_job job = {.fn = run_waited, .user = &waited};
    mcp_loop_push(loop, &job);
    (void)pthread_mutex_lock(&waited.mutex);
    while (!waited.is_done)
        (void)pthread_cond_wait(&waited.done, &waited.mutex);
    (void)pthread_mutex_unlock(&waited.mutex);
    (void)pthread_cond_destroy(&waited.done);
    (void)pthread_mutex_destroy(&waited.mutex);
}

/* Jobs posted by these jobs wait for the next round. */
static void run_jobs(struct mcp_loop *loop) {
    (void)pthread_mutex_lock(&loop->mutex);
    struct mcp_loop_job *job = loop->posted;
    loop->posted = NULL;
    (void)pthread_mutex_unlock(&loop->mutex);
    while (job != NULL) {
        struct mcp_loop_job *next = job->next; /* the job may free itself */
        job->fn(job->user);
        job = next;
    }
}

/* --- timers ----------------------------------------------------------------------------------- */

/* Most deadlines are later than those that are set already: search from the far end. */
void mcp_loop_timer_set(struct mcp_loop *loop, struct mcp_loop_timer *timer, uint64_t due_ms) {
    mcp_loop_timer_clear(loop, timer);
    struct mcp_loop_timer *before = loop->timers_last;
    while (before != NULL && before->due_ms > due_ms)
        before = before->prev;
    timer->due_ms = due_ms;
    timer->is_set = true;
    timer->prev = before;
    timer->next = before != NULL ? before->next : loop->timers;
    *(before != NULL ? &before->next : &loop->timers) = timer;
    *(timer->next != NULL ? &timer->next->prev : &loop->timers_last) = timer;
}

void mcp_loop_timer_clear(struct mcp_loop *loop, struct mcp_loop_timer *timer) {
    if (!timer->is_set)
        return;
    *(timer->prev != NULL ? &timer->prev->next : &loop->timers) = timer->next;
    *(timer->next != NULL ? &timer->next->prev : &loop->timers_last) = timer->prev;
    timer->is_set = false;
}

struct after {
    void (*fn)(void *user);
    void *user;
};

uint64_t mcp_loop_after(struct mcp_loop *loop, uint64_t delay_ms, void (*fn)(void *user),
                        void *user) {
    assert(mcp_loop_is_own_thread(loop));
    uint64_t id = 0;
    uint64_t now_ms = mcp_clock_now_ms();
    uint64_t due_ms = delay_ms < UINT64_MAX - now_ms ? now_ms + delay_ms : UINT64_MAX - 1;
    struct after *after = mcp_alloc(sizeof *after);
    if (after == NULL)
        return 0;
    *after = (struct after){fn, user};
    if (mcp_pending_add(loop->afters, due_ms, after, &id, NULL) != MCP_OK)
        mcp_free(after);
    return id;
}

void mcp_loop_cancel_timer(struct mcp_loop *loop, uint64_t timer) {
    assert(mcp_loop_is_own_thread(loop));
    mcp_free(mcp_pending_take(loop->afters, timer));
}

static void run_timers(struct mcp_loop *loop) {
    uint64_t now_ms = mcp_clock_now_ms();
    for (int i = 0; i < MAX_TIMERS_PER_ROUND && loop->timers != NULL; i++) {
        struct mcp_loop_timer *timer = loop->timers;
        if (timer->due_ms > now_ms)
            break;
        mcp_loop_timer_clear(loop, timer);
        timer->fn(timer->user);
    }
    for (int i = 0; i < MAX_TIMERS_PER_ROUND; i++) {
        struct after *taken = mcp_pending_take_expired(loop->afters, now_ms, NULL);
        if (taken == NULL)
            break;
        struct after after = *taken;
        mcp_free(taken);
        after.fn(after.user);
    }
}

/* --- descriptors ------------------------------------------------------------------------------ */

enum mcp_code mcp_loop_watch(struct mcp_loop *loop, struct mcp_loop_watch *watch, uint32_t events,
                             struct mcp_err *err) {
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) != 0) {
        enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "epoll: %s", strerrordesc_np(errno));
        if (err != NULL)
            err->os_errno = errno;
        return code;
    }
    loop->watch_count++;
    return MCP_OK;
}

void mcp_loop_rewatch(struct mcp_loop *loop, struct mcp_loop_watch *watch, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = watch};
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void mcp_loop_unwatch(struct mcp_loop *loop, struct mcp_loop_watch *watch) {
    struct epoll_event none = {0};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, &none) == 0)
        loop->watch_count--;
}

/* One at a time: a callback may release the watch that the next event would have pointed to. */
static void run_watches(struct mcp_loop *loop) {
    for (int i = 0; i < MAX_EVENTS_PER_ROUND && loop->watch_count > 0; i++) {
        struct epoll_event event;
        if (epoll_wait(loop->epoll_fd, &event, 1, 0) != 1)
            return;
        const struct mcp_loop_watch *watch = event.data.ptr;
        watch->fn(watch->user, event.events);
    }
}

/* --- transfers -------------------------------------------------------------------------------- */

CURLM *mcp_loop_curl(struct mcp_loop *loop) {
    return loop->multi;
}

void mcp_loop_curl_later(struct mcp_loop *loop, struct mcp_loop_job *job) {
    append(&loop->curl_jobs, &loop->curl_jobs_last, job);
}

CURL *mcp_loop_take_easy(struct mcp_loop *loop) {
    return loop->idle_count > 0 ? loop->idle[--loop->idle_count] : curl_easy_init();
}

void mcp_loop_give_easy(struct mcp_loop *loop, CURL *easy) {
    if (loop->idle_count == MAX_IDLE_EASY) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    loop->idle[loop->idle_count++] = easy;
}

static void run_curl_jobs(struct mcp_loop *loop) {
    struct mcp_loop_job *job = loop->curl_jobs;
    loop->curl_jobs = NULL;
    while (job != NULL) {
        struct mcp_loop_job *next = job->next;
        job->fn(job->user);
        job = next;
    }
}

static void end_transfers(struct mcp_loop *loop) {
    int left = 0;
    for (;;) {
        const CURLMsg *message = curl_multi_info_read(loop->multi, &left);
        if (message == NULL)
            return;
        struct mcp_loop_transfer *transfer = NULL;
        CURLcode code = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        if (message->msg == CURLMSG_DONE)
            transfer->on_end(transfer, code);
    }
}

/* What ends or begins in a callback of curl is handed to curl in the next round, for which nothing
 * is waited. Not in this one: a server whose messages make work without end would be all that runs.
 */
static void run_transfers(struct mcp_loop *loop) {
    int running = 0;
    run_curl_jobs(loop);
    (void)curl_multi_perform(loop->multi, &running);
    end_transfers(loop);
}

/* --- the thread ------------------------------------------------------------------------------- */

void mcp_loop_enter(struct mcp_loop *loop, struct mcp_loop_guest *guest) {
    guest->prev = NULL;
    guest->next = loop->guests;
    if (guest->next != NULL)
        guest->next->prev = guest;
    loop->guests = guest;
}

void mcp_loop_leave(struct mcp_loop *loop, struct mcp_loop_guest *guest) {
    *(guest->prev != NULL ? &guest->prev->next : &loop->guests) = guest->next;
    if (guest->next != NULL)
        guest->next->prev = guest->prev;
}

static void wait_for_work(struct mcp_loop *loop) {
    uint64_t now_ms = mcp_clock_now_ms();
    uint64_t due_ms = mcp_pending_next_deadline(loop->afters);
    if (loop->timers != NULL && loop->timers->due_ms < due_ms)
        due_ms = loop->timers->due_ms;
    uint64_t wait_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    if (wait_ms > MAX_WAIT_MS)
        wait_ms = MAX_WAIT_MS;
    if (loop->curl_jobs != NULL)
        wait_ms = 0;
    struct curl_waitfd epoll = {.fd = loop->epoll_fd, .events = CURL_WAIT_POLLIN};
    (void)curl_multi_poll(loop->multi, &epoll, 1, (int)wait_ms, NULL);
}

static void close_guests(struct mcp_loop *loop) {
    loop->told_guests = true;
    for (struct mcp_loop_guest *guest = loop->guests; guest != NULL; guest = guest->next)
        guest->close(guest); /* posts a job; nobody leaves in here */
}

/* True when the loop may end: told to, every guest gone, nothing posted. */
static bool is_over(struct mcp_loop *loop) {
    (void)pthread_mutex_lock(&loop->mutex);
    bool is_stopping = loop->is_stopping;
    bool is_idle = loop->posted == NULL;
    (void)pthread_mutex_unlock(&loop->mutex);
    if (!is_stopping || !is_idle)
        return false;
    if (!loop->told_guests)
        close_guests(loop);
    return loop->guests == NULL && loop->curl_jobs == NULL;
}

static void *run(void *user) {
    struct mcp_loop *loop = user;
    for (;;) {
        run_jobs(loop);
        run_timers(loop);
        run_watches(loop);
        run_transfers(loop);
        if (is_over(loop))
            return NULL;
        wait_for_work(loop);
    }
}

/* The thread takes no signals: they belong to the program's main thread. */
static int start_thread(struct mcp_loop *loop) {
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&loop->thread, NULL, run, loop);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static const char *get_variable(void *user, const char *name) {
    (void)user;
    return getenv(name); /* NOLINT(concurrency-mt-unsafe): documented in mcp/dial.h */
}

static enum mcp_code build(struct mcp_loop *loop, struct mcp_err *err) {
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        return MCP_FAIL(err, MCP_E_IO, "epoll: %s", strerrordesc_np(errno));
    loop->multi = curl_multi_init();
    if (loop->multi == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for the I/O loop");
    (void)curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)MAX_IDLE_CONNECTIONS);
    MCP_TRY(mcp_proxy_env_init(&loop->proxies, get_variable, NULL, err));
    MCP_TRY(mcp_pending_new(MAX_TIMERS, &loop->afters, err));
    MCP_TRY(mcp_era_cache_new(&loop->eras, err));
    int failed = start_thread(loop);
    if (failed != 0)
        return MCP_FAIL(err, MCP_E_IO, "no thread for the I/O loop: %s", strerrordesc_np(failed));
    return MCP_OK;
}

static void release(struct mcp_loop *loop) {
    for (size_t i = 0; i < loop->idle_count; i++)
        curl_easy_cleanup(loop->idle[i]);
    if (loop->multi != NULL)
        (void)curl_multi_cleanup(loop->multi);
    if (loop->epoll_fd >= 0)
        (void)close(loop->epoll_fd);
    while (loop->afters != NULL) {
        void *after = mcp_pending_take_expired(loop->afters, UINT64_MAX, NULL);
        if (after == NULL)
            break;
        mcp_free(after);
    }
    mcp_pending_free(loop->afters);
    mcp_era_cache_free(loop->eras);
    mcp_proxy_env_deinit(&loop->proxies);
    (void)pthread_mutex_destroy(&loop->mutex);
    mcp_free(loop);
}

enum mcp_code mcp_loop_new(struct mcp_loop **out_loop, struct mcp_err *err) {
    (void)pthread_once(&curl_once, init_curl);
    if (curl_ready != CURLE_OK)
        return MCP_FAIL(err, MCP_E_IO, "libcurl does not start: %s",
                        curl_easy_strerror(curl_ready));
    struct mcp_loop *loop = mcp_alloc(sizeof *loop);
    if (loop == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for the I/O loop");
    (void)pthread_mutex_init(&loop->mutex, NULL);
    enum mcp_code code = build(loop, err);
    if (code != MCP_OK)
        release(loop);
    else
        *out_loop = loop;
    return code;
}

void mcp_loop_free(struct mcp_loop *loop) {
    if (loop == NULL)
        return;
    assert(!mcp_loop_is_own_thread(loop));
    (void)pthread_mutex_lock(&loop->mutex);
    loop->is_stopping = true;
    (void)curl_multi_wakeup(loop->multi);
    (void)pthread_mutex_unlock(&loop->mutex);
    (void)pthread_join(loop->thread, NULL);
    release(loop);
}
