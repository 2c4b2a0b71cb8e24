/* SPDX-License-Identifier: MIT */
/* worker_process.c - see worker_process.h. Effect: processes. */
#include "database/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "database/worker.h"

static enum mcp_code refused(const char *what, int number, struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_IO, "cannot start a query process: %s: %s", what,
                    strerrordesc_np(number));
}

/* dup2 onto the same number would keep close-on-exec: the child's end is never descriptor 3. */
static enum mcp_code make_sockets(int ends[2], struct mcp_err *err) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return refused("socketpair", errno, err);
    if (ends[1] == DATABASE_WORKER_FD) {
        int moved = fcntl(ends[1], F_DUPFD_CLOEXEC, DATABASE_WORKER_FD + 1);
        if (moved >= 0) {
            (void)close(ends[1]);
            ends[1] = moved;
        }
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return MCP_OK;
}

static int add_actions(posix_spawn_file_actions_t *actions, int child_end) {
    int rc = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, 0, 1);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, child_end, DATABASE_WORKER_FD);
    return rc == 0 ? posix_spawn_file_actions_addclosefrom_np(actions, DATABASE_WORKER_FD + 1) : rc;
}

static int add_attributes(posix_spawnattr_t *attributes) {
    sigset_t none;
    sigset_t all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(attributes, &all);
    return rc == 0 ? posix_spawnattr_setflags(attributes,
                                              POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
                   : rc;
}

static int spawn(int child_end, pid_t *out_pid) {
    char zone[256];
    char name[] = "mcp-sql-worker";
    char argument[] = DATABASE_WORKER_ARGUMENT;
    char *argv[] = {name, argument, NULL};
    const char *tz = getenv("TZ"); /* NOLINT(concurrency-mt-unsafe): nothing sets it */
    (void)snprintf(zone, sizeof zone, "TZ=%s", tz != NULL ? tz : "");
    char *environment[] = {tz != NULL ? zone : NULL, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc == 0) {
        rc = add_actions(&actions, child_end);
        if (rc == 0)
            rc = add_attributes(&attributes);
        if (rc == 0)
            rc = posix_spawn(out_pid, DATABASE_WORKER_PROGRAM, &actions, &attributes, argv,
                             environment);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

enum mcp_code database_process_send(const struct database_process *process, char type,
                                    struct mcp_str text, struct mcp_err *err) {
    union {
        const char *in;
        void *out;
    } bytes = {.in = text.ptr}; /* iovec has no const */
    struct iovec parts[2] = {{&type, 1}, {bytes.out, text.len}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (sendmsg(process->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return MCP_FAIL(err, MCP_E_IO, "the query process is gone: %s", strerrordesc_np(errno));
    return MCP_OK;
}

enum mcp_code database_process_start(const json_t *configuration, struct database_process *out,
                                     struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(DATABASE_FRAME_BYTES - 1);
    int ends[2] = {-1, -1};
    struct database_process process = {0, -1};
    MCP_TRY(mcp_json_write(configuration, &text, err));
    MCP_TRY(make_sockets(ends, err));
    int rc = spawn(ends[1], &process.pid);
    (void)close(ends[1]);
    process.fd = ends[0];
    if (rc != 0) {
        (void)close(ends[0]);
        return refused("spawn", rc, err);
    }
    enum mcp_code code =
        database_process_send(&process, DATABASE_FRAME_CONFIGURE, mcp_buf_view(&text), err);
    if (code != MCP_OK)
        (void)database_process_end(&process);
    else
        *out = process;
    return code;
}

int database_process_end(struct database_process *process) {
    int status = -1;
    if (process->pid > 0) {
        (void)kill(process->pid, SIGKILL);
        while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
            continue;
        (void)close(process->fd);
    }
    *process = (struct database_process){0, -1};
    return status;
}
