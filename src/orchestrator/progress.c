/* SPDX-License-Identifier: MIT */
/* progress.c - see progress.h. */
#include "orchestrator/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/map.h"
#include "mcp/utf8.h"

enum { TICK_MS = 1000, REPEAT_MS = 10000, MAX_NAMED = 3, MAX_LINE_BYTES = 512 };

struct orch_progress {
    pthread_t thread;
    pthread_mutex_t lock; /* guards: busy, is_over */
    pthread_cond_t changed;
    struct mcp_map *busy; /* id -> display name, of servers something is waited for */
    bool is_over;
    bool is_terminal;
    bool has_line; /* the thread's: a line stands on the terminal */
    uint64_t since_ms;
    uint64_t said_ms; /* the thread's: when a line was last written */
};

static bool begins(enum orch_event_kind kind) {
    return kind == ORCH_EV_CONNECTING || kind == ORCH_EV_RETRYING || kind == ORCH_EV_FETCHING;
}

static bool ends(enum orch_event_kind kind) {
    return kind == ORCH_EV_CONNECTED || kind == ORCH_EV_CONNECT_ENDED ||
           kind == ORCH_EV_DISCONNECTED || kind == ORCH_EV_FETCHED || kind == ORCH_EV_FETCH_FAILED;
}

void orch_progress_note(struct orch_progress *progress, const struct orch_event *event) {
    if (progress == NULL || !(begins(event->kind) || ends(event->kind)))
        return;
    struct mcp_str key = mcp_str_of(event->server_id);
    char *name = begins(event->kind) ? mcp_strdup(event->server_name) : NULL;
    (void)pthread_mutex_lock(&progress->lock);
    if (!begins(event->kind))
        (void)mcp_map_remove(progress->busy, key);
    else if (name == NULL || mcp_map_put(progress->busy, key, name, NULL) != MCP_OK)
        mcp_free(name); /* a server less in a progress line */
    (void)pthread_mutex_unlock(&progress->lock);
}

/* Under the lock: `waiting for "A", "B" and 3 more (4 s)`; nothing when nobody is waited for. */
static void compose(const struct orch_progress *progress, uint64_t now_ms, struct mcp_buf *line) {
    size_t count = mcp_map_count(progress->busy);
    size_t named = 0;
    void *name = NULL;
    for (size_t at = 0; named < MAX_NAMED && mcp_map_next(progress->busy, &at, NULL, &name);) {
        mcp_buf_add(line, named++ == 0 ? MCP_STR("waiting for \"") : MCP_STR(", \""));
        mcp_utf8_add_printable(line, mcp_str_of(name));
        mcp_buf_addc(line, '"');
    }
    if (count > named)
        mcp_buf_addf(line, " and %zu more", count - named);
    if (count > 0)
        mcp_buf_addf(line, " (%llu s)", (unsigned long long)((now_ms - progress->since_ms) / 1000));
}

static void say(struct orch_progress *progress, const struct mcp_buf *line, uint64_t now_ms) {
    if (progress->is_terminal) {
        (void)fprintf(stderr, "\r\033[K%s", line->len > 0 ? line->data : "");
        (void)fflush(stderr);
        progress->has_line = line->len > 0;
    } else if (line->len > 0 &&
               (progress->said_ms == 0 || now_ms - progress->said_ms >= REPEAT_MS)) {
        (void)fprintf(stderr, "%s\n", line->data);
        progress->said_ms = now_ms;
    }
}

static void *run(void *user) {
    struct orch_progress *progress = user;
    for (;;) {
        struct timespec until = {0};
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_LINE_BYTES);
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += TICK_MS / 1000;
        (void)pthread_mutex_lock(&progress->lock);
        int woken = 0;
        while (!progress->is_over && woken == 0)
            woken = pthread_cond_timedwait(&progress->changed, &progress->lock, &until);
        bool is_over = progress->is_over;
        uint64_t now_ms = mcp_clock_now_ms();
        if (!is_over)
            compose(progress, now_ms, &line);
        (void)pthread_mutex_unlock(&progress->lock);
        if (is_over)
            return NULL;
        if (mcp_buf_finish(&line, NULL) == MCP_OK)
            say(progress, &line, now_ms);
    }
}

static void release(struct orch_progress *progress) {
    mcp_map_free(progress->busy);
    (void)pthread_cond_destroy(&progress->changed);
    (void)pthread_mutex_destroy(&progress->lock);
    mcp_free(progress);
}

static void init_locks(struct orch_progress *progress) {
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&progress->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&progress->lock, NULL);
}

enum mcp_code orch_progress_start(struct orch_progress **out_progress, struct mcp_err *err) {
    struct orch_progress *progress = mcp_alloc(sizeof *progress);
    if (progress == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    init_locks(progress);
    progress->is_terminal = isatty(STDERR_FILENO) != 0;
    progress->since_ms = mcp_clock_now_ms();
    enum mcp_code code = mcp_map_new(0, mcp_free, &progress->busy, err);
    if (code == MCP_OK && pthread_create(&progress->thread, NULL, run, progress) != 0)
        code = MCP_FAIL(err, MCP_E_IO, "no thread for the progress line");
    if (code != MCP_OK) {
        release(progress);
        return code;
    }
    *out_progress = progress;
    return MCP_OK;
}

void orch_progress_stop(struct orch_progress *progress) {
    if (progress == NULL)
        return;
    (void)pthread_mutex_lock(&progress->lock);
    progress->is_over = true;
    (void)pthread_cond_signal(&progress->changed);
    (void)pthread_mutex_unlock(&progress->lock);
    (void)pthread_join(progress->thread, NULL);
    if (progress->has_line)
        (void)fputs("\r\033[K", stderr);
    release(progress);
}
