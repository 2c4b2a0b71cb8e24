/* SPDX-License-Identifier: MIT */
/* child.c - see child.h. Effect: a process and its pipes. */
#include "dial/child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dial/child_spawn.h"
#include "dial/command.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/utf8.h"

enum {
    READ_BYTES = 64 << 10,
    LAST_READS = 64,    /* of what a dead child left in its pipes: they hold far less */
    EXIT_WAIT_MS = 200, /* after the end of stdout, for an exit status to report */
    POLL_MS = 50        /* for its end, where the system has no pidfd */
};

enum ladder { RUNNING, CLOSED_STDIN, SENT_TERM, SENT_KILL };

struct mcp_child {
    struct mcp_loop *loop;
    struct mcp_child_handlers handlers;
    pid_t pid; /* 0 once reaped */
    int status;
    enum ladder ladder;
    bool is_gone;    /* reported, or not to be reported */
    bool is_stopped; /* the owner waits for on_closed only */
    bool is_closing; /* the last job is posted */
    struct mcp_loop_watch in;
    struct mcp_loop_watch out;
    struct mcp_loop_watch errors;
    struct mcp_loop_watch exit; /* a pidfd, or -1 */
    struct mcp_loop_timer timer;
    struct mcp_loop_timer poll; /* instead of the pidfd */
    struct mcp_loop_job job;
    struct mcp_buf queue; /* not taken by the pipe yet */
    size_t queue_sent;    /* of it, already written */
    size_t ring_bytes;    /* of stderr, ever */
    char ring[MCP_CHILD_STDERR_BYTES];
};

/* --- ends ------------------------------------------------------------------------------------- */

static void drop(struct mcp_child *child, struct mcp_loop_watch *watch) {
    if (watch->fd < 0)
        return;
    mcp_loop_unwatch(child->loop, watch);
    (void)close(watch->fd);
    watch->fd = -1;
}

static void release(struct mcp_child *child) {
    mcp_loop_timer_clear(child->loop, &child->timer);
    mcp_loop_timer_clear(child->loop, &child->poll);
    drop(child, &child->in);
    drop(child, &child->out);
    drop(child, &child->errors);
    drop(child, &child->exit);
    mcp_buf_deinit(&child->queue);
    mcp_free(child);
}

static void close_job(void *user) {
    struct mcp_child *child = user;
    child->handlers.on_closed(child->handlers.user);
    release(child);
}

static void close_when_over(struct mcp_child *child) {
    if (!child->is_stopped || child->pid != 0 || child->is_closing)
        return;
    child->is_closing = true;
    mcp_loop_push(child->loop, &child->job);
}

static void arm(struct mcp_child *child, uint64_t delay_ms) {
    mcp_loop_timer_set(child->loop, &child->timer, mcp_clock_now_ms() + delay_ms);
}

/* Each step gives the process time for the one before. */
static void climb(struct mcp_child *child) {
    if (child->pid == 0 || child->ladder == SENT_KILL)
        return;
    child->ladder++;
    if (child->ladder == CLOSED_STDIN)
        drop(child, &child->in);
    else
        (void)kill(-child->pid, child->ladder == SENT_TERM ? SIGTERM : SIGKILL);
    if (child->ladder != SENT_KILL)
        arm(child, MCP_CHILD_GRACE_MS);
}

static void describe_end(const struct mcp_child *child, struct mcp_err *err) {
    if (child->pid != 0)
        (void)MCP_FAIL(err, MCP_E_PEER, "the server closed its %s",
                       child->out.fd < 0 ? "output" : "input");
    else if (WIFSIGNALED(child->status))
        (void)MCP_FAIL(err, MCP_E_PEER, "the server was ended by signal %d (SIG%s)",
                       WTERMSIG(child->status), sigabbrev_np(WTERMSIG(child->status)));
    else
        (void)MCP_FAIL(err, MCP_E_PEER, "the server exited with status %d",
                       WEXITSTATUS(child->status));
}

static void report_gone(struct mcp_child *child) {
    if (child->is_gone)
        return;
    struct mcp_err err = {0};
    child->is_gone = true;
    describe_end(child, &err);
    child->handlers.on_gone(child->handlers.user, &err);
}

static void on_timer(void *user) {
    struct mcp_child *child = user;
    if (child->is_gone) {
        climb(child);
        return;
    }
    arm(child, MCP_CHILD_GRACE_MS); /* it ended its output and did not exit at once */
    report_gone(child);
}

/* --- what it writes --------------------------------------------------------------------------- */

static void keep_stderr(struct mcp_child *child, struct mcp_str bytes) {
    if (bytes.len > sizeof child->ring) {
        child->ring_bytes += bytes.len - sizeof child->ring;
        bytes.ptr += bytes.len - sizeof child->ring;
        bytes.len = sizeof child->ring;
    }
    size_t at = child->ring_bytes % sizeof child->ring;
    size_t first = bytes.len < sizeof child->ring - at ? bytes.len : sizeof child->ring - at;
    memcpy(child->ring + at, bytes.ptr, first);
    memcpy(child->ring, bytes.ptr + first, bytes.len - first);
    child->ring_bytes += bytes.len;
}

/* One read; false when there is nothing more for now, or for ever: then the watch is dropped. */
static bool read_some(struct mcp_child *child, struct mcp_loop_watch *watch) {
    char bytes[READ_BYTES];
    if (watch->fd < 0)
        return false;
    ssize_t got = read(watch->fd, bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got <= 0) {
        drop(child, watch);
        return false;
    }
    struct mcp_str view = {bytes, (size_t)got};
    if (watch == &child->errors)
        keep_stderr(child, view);
    else if (!child->is_gone)
        child->handlers.on_output(child->handlers.user, view);
    return true;
}

static void on_stderr(void *user, uint32_t events) {
    struct mcp_child *child = user;
    (void)events;
    (void)read_some(child, &child->errors);
}

/* A server that ends its input or its output is leaving: see it off, and wait a moment for its
 * status. */
static void see_off(struct mcp_child *child) {
    drop(child, &child->in);
    if (child->pid == 0 || child->ladder != RUNNING)
        return;
    child->ladder = CLOSED_STDIN;
    arm(child, EXIT_WAIT_MS);
}

static void on_stdout(void *user, uint32_t events) {
    struct mcp_child *child = user;
    (void)events;
    (void)read_some(child, &child->out);
    if (child->out.fd < 0)
        see_off(child);
}

/* --- its end ---------------------------------------------------------------------------------- */

static bool has_exited(const struct mcp_child *child) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child->pid;
}

/* The group is killed before the leader is reaped: until then its id belongs to no one else. */
static void reap(struct mcp_child *child) {
    if (child->pid == 0 || !has_exited(child))
        return;
    for (int i = 0; i < LAST_READS && read_some(child, &child->out); i++) {
    }
    for (int i = 0; i < LAST_READS && read_some(child, &child->errors); i++) {
    }
    (void)kill(-child->pid, SIGKILL);
    (void)waitpid(child->pid, &child->status, 0);
    child->pid = 0;
    mcp_loop_timer_clear(child->loop, &child->timer);
    mcp_loop_timer_clear(child->loop, &child->poll);
    drop(child, &child->in);
    drop(child, &child->out);
    drop(child, &child->errors);
    drop(child, &child->exit);
    report_gone(child);
    close_when_over(child);
}

static void on_exit_event(void *user, uint32_t events) {
    (void)events;
    reap(user);
}

static void on_poll(void *user) {
    struct mcp_child *child = user;
    mcp_loop_timer_set(child->loop, &child->poll, mcp_clock_now_ms() + POLL_MS);
    reap(child);
}

/* --- what it reads ---------------------------------------------------------------------------- */

/* Bytes the pipe took; 0 when it is full; -1 with errno when it is broken. The loop's thread blocks
 * SIGPIPE. */
static ssize_t push_bytes(const struct mcp_child *child, struct mcp_str bytes) {
    ssize_t put = write(child->in.fd, bytes.ptr, bytes.len);
    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return put;
}

static void on_writable(void *user, uint32_t events) {
    struct mcp_child *child = user;
    struct mcp_str left = mcp_buf_view(&child->queue);
    left = (struct mcp_str){left.ptr + child->queue_sent, left.len - child->queue_sent};
    ssize_t put = (events & EPOLLERR) != 0 ? -1 : push_bytes(child, left);
    if (put < 0) {
        see_off(child);
        return;
    }
    child->queue_sent += (size_t)put;
    if (child->queue_sent == child->queue.len) {
        mcp_buf_deinit(&child->queue);
        child->queue = (struct mcp_buf)MCP_BUF_INIT(SIZE_MAX);
        child->queue_sent = 0;
        mcp_loop_rewatch(child->loop, &child->in, 0);
    }
}

static enum mcp_code enqueue(struct mcp_child *child, struct mcp_str bytes, struct mcp_err *err) {
    size_t waiting = child->queue.len - child->queue_sent;
    if (waiting > 0 && bytes.len > MCP_CHILD_QUEUE_BYTES - waiting)
        return MCP_FAIL(err, MCP_E_LIMIT,
                        "the server does not read: %zu bytes wait for it, at most %d may", waiting,
                        MCP_CHILD_QUEUE_BYTES);
    if (waiting == 0)
        mcp_loop_rewatch(child->loop, &child->in, EPOLLOUT);
    if (child->queue_sent > child->queue.len / 2) {
        memmove(child->queue.data, child->queue.data + child->queue_sent, waiting);
        child->queue.len = waiting;
        child->queue_sent = 0;
    }
    size_t before = child->queue.len;
    mcp_buf_add(&child->queue, bytes);
    enum mcp_code code = mcp_buf_finish(&child->queue, err);
    if (code != MCP_OK) {
        child->queue.len = before;
        child->queue.status = MCP_OK;
    }
    return code;
}

enum mcp_code mcp_child_write(struct mcp_child *child, struct mcp_str bytes, struct mcp_err *err) {
    if (child->in.fd < 0 && child->is_gone)
        return MCP_FAIL(err, MCP_E_IO, "the server closed its input");
    if (child->in.fd < 0)
        return MCP_OK; /* its end, which says more, follows */
    size_t waiting = child->queue.len - child->queue_sent;
    ssize_t put = waiting == 0 ? push_bytes(child, bytes) : 0;
    if (put < 0) {
        see_off(child);
        return MCP_OK;
    }
    struct mcp_str left = {bytes.ptr + put, bytes.len - (size_t)put};
    return left.len > 0 ? enqueue(child, left, err) : MCP_OK;
}

/* --- start and stop --------------------------------------------------------------------------- */

static enum mcp_code watch_all(struct mcp_child *child, struct mcp_err *err) {
    MCP_TRY(mcp_loop_watch(child->loop, &child->in, 0, err));
    MCP_TRY(mcp_loop_watch(child->loop, &child->out, EPOLLIN, err));
    MCP_TRY(mcp_loop_watch(child->loop, &child->errors, EPOLLIN, err));
    child->exit.fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->exit.fd < 0) {
        mcp_loop_timer_set(child->loop, &child->poll, mcp_clock_now_ms() + POLL_MS);
        return MCP_OK;
    }
    return mcp_loop_watch(child->loop, &child->exit, EPOLLIN, err);
}

static void init(struct mcp_child *child, struct mcp_loop *loop,
                 const struct mcp_child_handlers *handlers) {
    child->loop = loop;
    child->handlers = *handlers;
    child->in = (struct mcp_loop_watch){-1, on_writable, child};
    child->out = (struct mcp_loop_watch){-1, on_stdout, child};
    child->errors = (struct mcp_loop_watch){-1, on_stderr, child};
    child->exit = (struct mcp_loop_watch){-1, on_exit_event, child};
    child->timer = (struct mcp_loop_timer){.fn = on_timer, .user = child};
    child->poll = (struct mcp_loop_timer){.fn = on_poll, .user = child};
    child->job = (struct mcp_loop_job){.fn = close_job, .user = child};
    child->queue = (struct mcp_buf)MCP_BUF_INIT(SIZE_MAX);
}

static enum mcp_code spawn(struct mcp_child *child, const struct mcp_child_spec *spec,
                           struct mcp_err *err) {
    char **env = NULL;
    struct mcp_spawned spawned;
    MCP_TRY(mcp_command_env(spec->env, &env, err));
    enum mcp_code code = mcp_child_spawn(spec->program, spec->argv, env, &spawned, err);
    mcp_command_env_free(env);
    if (code != MCP_OK)
        return code;
    child->pid = spawned.pid;
    child->in.fd = spawned.in;
    child->out.fd = spawned.out;
    child->errors.fd = spawned.errors;
    code = watch_all(child, err);
    if (code != MCP_OK) {
        (void)kill(-child->pid, SIGKILL);
        (void)waitpid(child->pid, &child->status, 0);
    }
    return code;
}

enum mcp_code mcp_child_start(struct mcp_loop *loop, const struct mcp_child_spec *spec,
                              const struct mcp_child_handlers *handlers,
                              struct mcp_child **out_child, struct mcp_err *err) {
    struct mcp_child *child = mcp_alloc(sizeof *child);
    if (child == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a child process");
    init(child, loop, handlers);
    enum mcp_code code = spawn(child, spec, err);
    if (code != MCP_OK)
        release(child);
    else
        *out_child = child;
    return code;
}

/* A message that is half written is not worth the wait. */
void mcp_child_stop(struct mcp_child *child) {
    assert(!child->is_stopped);
    child->is_stopped = true;
    child->is_gone = true;
    if (child->ladder == RUNNING)
        climb(child);
    close_when_over(child);
}

long mcp_child_pid(const struct mcp_child *child) {
    return child->pid;
}

/* --- its words -------------------------------------------------------------------------------- */

void mcp_child_stderr_tail(const struct mcp_child *child, char *out, size_t out_bytes) {
    size_t kept = child->ring_bytes < sizeof child->ring ? child->ring_bytes : sizeof child->ring;
    size_t want = kept < out_bytes - 1 ? kept : out_bytes - 1;
    size_t from = child->ring_bytes - want;
    bool is_cut = want < child->ring_bytes;
    size_t used = 0;
    for (size_t at = from; at < child->ring_bytes; at++) {
        char byte = child->ring[at % sizeof child->ring];
        if (is_cut) { /* skip to the first whole line */
            is_cut = byte != '\n';
            continue;
        }
        bool is_plain = (byte >= ' ' && byte != 0x7f) || byte == '\n' || byte == '\t';
        out[used++] = (char)(is_plain || (unsigned char)byte >= 0x80 ? byte : '?');
    }
    out[used] = '\0';
    size_t valid = 0; /* a terminal and a JSON string want UTF-8 */
    while ((valid += mcp_utf8_valid_prefix((struct mcp_str){out + valid, used - valid})) < used)
        out[valid++] = '?';
}
