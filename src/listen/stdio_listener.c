/* SPDX-License-Identifier: MIT */
/* stdio_listener.c - see stdio_listener.h. */
#include "listen/stdio_listener.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "listen/line_writer.h"
#include "listen/os_error.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/jsonrpc.h"
#include "mcp/line_framer.h"

#define READ_BYTES 65536
#define TICK_MS    1000

/* Counted: the listener and every outlet hold it. */
struct stdio_listener {
    struct mcp_listener base; /* first */
    struct mcp_stdio_ends ends;
    char session_id[33];
    struct mcp_line_framer framer;
    size_t max_line_bytes;
    struct mcp_line_writer writer;
    char *buffer;  /* owned; READ_BYTES of the reader's thread */
    int refuse_fd; /* eventfd, owned: readable when no more is to be read */
    pthread_t thread;
    bool has_thread;
    bool is_at_end; /* of the reader's thread */

    pthread_mutex_t lock; /* guards: refs, answer_count */
    pthread_cond_t answered;
    size_t refs;
    size_t answer_count; /* messages being answered */
};

struct stdio_outlet {
    struct mcp_outlet outlet;
    struct stdio_listener *listener; /* counted */
    bool is_answer;                  /* not the standalone stream */
};

static struct stdio_listener *of(struct mcp_listener *listener) {
    return (struct stdio_listener *)(void *)listener;
}

static void free_listener(struct stdio_listener *listener) {
    mcp_line_writer_close(&listener->writer);
    mcp_line_framer_deinit(&listener->framer);
    mcp_free(listener->buffer);
    if (listener->refuse_fd >= 0)
        (void)close(listener->refuse_fd);
    (void)pthread_cond_destroy(&listener->answered);
    (void)pthread_mutex_destroy(&listener->lock);
    mcp_free(listener);
}

static void unref(struct stdio_listener *listener, bool is_answer) {
    (void)pthread_mutex_lock(&listener->lock);
    bool is_last = --listener->refs == 0;
    if (is_answer && --listener->answer_count == 0)
        (void)pthread_cond_broadcast(&listener->answered);
    (void)pthread_mutex_unlock(&listener->lock);
    if (is_last)
        free_listener(listener);
}

/* ---- what the server sends ---- */

static struct stdio_outlet *outlet_of(struct mcp_outlet *outlet) {
    return (struct stdio_outlet *)(void *)outlet;
}

static void begin(struct mcp_outlet *outlet, const struct mcp_opening *opening) {
    (void)outlet;
    (void)opening; /* no status line here */
}

static enum mcp_code send(struct mcp_outlet *outlet, const struct mcp_str *parts, size_t count,
                          bool is_last, struct mcp_err *err) {
    (void)is_last;
    return mcp_line_writer_put(&outlet_of(outlet)->listener->writer, parts, count, err);
}

static void end(struct mcp_outlet *outlet) {
    struct stdio_outlet *self = outlet_of(outlet);
    struct stdio_listener *listener = self->listener;
    bool is_answer = self->is_answer;
    mcp_free(self);
    unref(listener, is_answer);
}

static const struct mcp_outlet_ops outlet_ops = {begin, send, end, NULL};

static struct stdio_outlet *new_outlet(struct stdio_listener *listener, bool is_answer) {
    struct stdio_outlet *outlet = mcp_alloc(sizeof *outlet);
    if (outlet == NULL)
        return NULL;
    outlet->outlet.ops = &outlet_ops;
    outlet->listener = listener;
    outlet->is_answer = is_answer;
    (void)pthread_mutex_lock(&listener->lock);
    listener->refs++;
    if (is_answer)
        listener->answer_count++;
    (void)pthread_mutex_unlock(&listener->lock);
    return outlet;
}

/* ---- what the peer sends ---- */

static void refuse_message(struct stdio_listener *listener, int code, const char *text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(4096);
    if (mcp_jsonrpc_write_error(&body, NULL, code, text, NULL, NULL) != MCP_OK)
        return;
    const struct mcp_str part = mcp_buf_view(&body);
    (void)!mcp_line_writer_put(&listener->writer, &part, 1, NULL);
}

static enum mcp_code take_line(struct mcp_str line, void *user, struct mcp_err *err) {
    struct stdio_listener *listener = user;
    (void)err;
    struct stdio_outlet *outlet = new_outlet(listener, true);
    if (outlet == NULL) {
        refuse_message(listener, MCP_JSONRPC_INTERNAL_ERROR, "out of memory");
        return MCP_OK;
    }
    const struct mcp_arrival arrival = {
        .body = line,
        .carrier = MCP_CARRIER_STDIO,
        .session_id = mcp_str_of(listener->session_id),
        .principal = MCP_STR(""),
        .now_ms = mcp_clock_now_ms(),
    };
    mcp_server_receive(listener->base.server, &arrival, &outlet->outlet);
    return MCP_OK;
}

static void report(struct stdio_listener *listener, enum mcp_code code) {
    char text[96];
    if (code == MCP_OK)
        return;
    if (code == MCP_E_LIMIT) {
        (void)snprintf(text, sizeof text, "the message is longer than %zu bytes",
                       listener->max_line_bytes);
        refuse_message(listener, MCP_JSONRPC_INVALID_REQUEST, text);
        return;
    }
    refuse_message(listener, MCP_JSONRPC_INTERNAL_ERROR, "out of memory");
}

static void read_some(struct stdio_listener *listener) {
    ssize_t len = read(listener->ends.in_fd, listener->buffer, READ_BYTES);
    if (len > 0) {
        const struct mcp_str bytes = {listener->buffer, (size_t)len};
        report(listener, mcp_line_framer_feed(&listener->framer, bytes, NULL));
        return;
    }
    bool must_retry = len < 0 && (errno == EINTR || errno == EAGAIN);
    listener->is_at_end = !must_retry;
}

static void read_all(struct stdio_listener *listener) {
    uint64_t next_tick_ms = mcp_clock_now_ms() + TICK_MS;
    struct pollfd fds[] = {{.fd = listener->ends.in_fd, .events = POLLIN},
                           {.fd = listener->refuse_fd, .events = POLLIN}};
    while (!listener->is_at_end) {
        uint64_t now_ms = mcp_clock_now_ms();
        if (now_ms >= next_tick_ms) {
            mcp_server_tick(listener->base.server, now_ms);
            next_tick_ms = now_ms + TICK_MS;
        }
        int rc = poll(fds, 2, (int)(next_tick_ms - now_ms));
        if (rc > 0 && fds[1].revents != 0)
            return;
        if (rc > 0 && fds[0].revents != 0)
            read_some(listener);
    }
}

static void wait_answered(struct stdio_listener *listener, uint64_t grace_ms) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(grace_ms / 1000);
    until.tv_nsec += (long)(grace_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int rc = 0;
    (void)pthread_mutex_lock(&listener->lock);
    while (listener->answer_count > 0 && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&listener->answered, &listener->lock, &until);
    (void)pthread_mutex_unlock(&listener->lock);
}

static void *run(void *arg) {
    struct stdio_listener *listener = arg;
    read_all(listener);
    if (!listener->is_at_end)
        return NULL; /* stopped from outside */
    report(listener, mcp_line_framer_end(&listener->framer, NULL));
    wait_answered(listener, MCP_STDIO_EOF_WAIT_MS);
    if (listener->ends.on_eof != NULL)
        listener->ends.on_eof(listener->ends.user);
    return NULL;
}

/* ---- start and stop ---- */

static void wake_reader(struct stdio_listener *listener) {
    uint64_t one = 1;
    (void)!write(listener->refuse_fd, &one, sizeof one);
}

static void refuse(struct mcp_listener *base) {
    wake_reader(of(base));
}

static void finish(struct mcp_listener *base, uint64_t grace_ms) {
    struct stdio_listener *listener = of(base);
    wait_answered(listener, grace_ms);
    mcp_line_writer_cancel(&listener->writer);
    if (listener->has_thread)
        (void)pthread_join(listener->thread, NULL);
    listener->has_thread = false;
}

static void release(struct mcp_listener *base) {
    mcp_worker_pool_stop(base->pool);
    unref(of(base), false);
}

static const struct mcp_listener_ops ops = {refuse, finish, release, NULL, NULL};

static void init_locks(struct stdio_listener *listener) {
    pthread_condattr_t clock;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&listener->answered, &clock);
    (void)pthread_condattr_destroy(&clock);
    (void)pthread_mutex_init(&listener->lock, NULL);
}

static enum mcp_code open_session(struct stdio_listener *listener, struct mcp_err *err) {
    struct mcp_server *server = listener->base.server;
    MCP_TRY(mcp_server_open_session(server, MCP_CARRIER_STDIO, MCP_STR(""), mcp_clock_now_ms(),
                                    listener->session_id, err));
    struct stdio_outlet *standalone = new_outlet(listener, false);
    if (standalone == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    enum mcp_code code = mcp_server_attach(server, mcp_str_of(listener->session_id), MCP_STR(""),
                                           &standalone->outlet, err);
    if (code != MCP_OK)
        end(&standalone->outlet);
    return code;
}

static enum mcp_code start(struct stdio_listener *listener, struct mcp_server *server,
                           const struct mcp_listen_options *options, struct mcp_err *err) {
    mcp_listener_ignore_sigpipe();
    MCP_TRY(mcp_line_writer_open(&listener->writer, listener->ends.out_fd,
                                 options->stream_queue_bytes, err));
    listener->buffer = mcp_alloc(READ_BYTES);
    if (listener->buffer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    listener->refuse_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (listener->refuse_fd < 0)
        return mcp_os_error(err, "eventfd");
    MCP_TRY(mcp_listener_prepare(&listener->base, server, options, err));
    MCP_TRY(open_session(listener, err));
    MCP_TRY(mcp_listener_spawn(&listener->thread, run, listener, err));
    listener->has_thread = true;
    return MCP_OK;
}

enum mcp_code mcp_stdio_listener_start(struct mcp_server *server,
                                       const struct mcp_listen_options *options,
                                       const struct mcp_stdio_ends *ends,
                                       struct mcp_listener **out_listener, struct mcp_err *err) {
    struct stdio_listener *listener = mcp_alloc(sizeof *listener);
    if (listener == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    init_locks(listener);
    listener->base.ops = &ops;
    memcpy(listener->base.name, "stdio", sizeof "stdio");
    listener->ends = *ends;
    listener->refuse_fd = -1;
    listener->writer.cancel_fd = -1;
    listener->refs = 1;
    listener->max_line_bytes = options->max_body_bytes;
    mcp_line_framer_init(&listener->framer, options->max_body_bytes, take_line, listener);
    enum mcp_code code = start(listener, server, options, err);
    if (code != MCP_OK) {
        release(&listener->base);
        return code;
    }
    *out_listener = &listener->base;
    return MCP_OK;
}
