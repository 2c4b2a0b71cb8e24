/* SPDX-License-Identifier: MIT */
/* child_spawn.c - see child_spawn.h. Effect: makes a process. */
#include "dial/child_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_END, WRITE_END, FIRST_OTHER_FD = 3, FALLBACK_MAX_FD = 65536 };

/* Three pipes for the child, and one that tells why exec failed, or closes when it did not. */
struct pipes {
    int in[2];
    int out[2];
    int errors[2];
    int exec[2];
};

static void close_fd(int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void close_both(int ends[2]) {
    close_fd(&ends[READ_END]);
    close_fd(&ends[WRITE_END]);
}

static void close_all(struct pipes *pipes) {
    close_both(pipes->in);
    close_both(pipes->out);
    close_both(pipes->errors);
    close_both(pipes->exec);
}

static enum mcp_code fail(struct mcp_err *err, const char *what, int os_errno) {
    enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "%s: %s", what, strerrordesc_np(os_errno));
    if (err != NULL)
        err->os_errno = os_errno;
    return code;
}

/* Never 0, 1 or 2, so that dup2 in the child cannot run over an end it still needs. */
static int move_up(int *fd) {
    if (*fd < 0 || *fd >= FIRST_OTHER_FD)
        return 0;
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_OTHER_FD);
    (void)close(*fd);
    *fd = moved;
    return moved < 0 ? -1 : 0;
}

static int open_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    return move_up(&ends[READ_END]) == 0 && move_up(&ends[WRITE_END]) == 0 ? 0 : -1;
}

static int set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* GCOVR_EXCL_START: the counters of the child end with exec, or _exit */
/* In the child: between fork and exec only what is safe after a signal. */
static _Noreturn void run(const struct pipes *pipes, pid_t parent, const char *program,
                          char *const *argv, char *const *env) {
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &standard, NULL);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* gone before the line above took effect */
        _exit(1);
    if (dup2(pipes->in[READ_END], STDIN_FILENO) >= 0 &&
        dup2(pipes->out[WRITE_END], STDOUT_FILENO) >= 0 &&
        dup2(pipes->errors[WRITE_END], STDERR_FILENO) >= 0) {
        if (syscall(SYS_close_range, FIRST_OTHER_FD, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
            for (int fd = FIRST_OTHER_FD; fd < FALLBACK_MAX_FD; fd++)
                (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        (void)execve(program, argv, env);
    }
    int why = errno;
    ssize_t told = write(pipes->exec[WRITE_END], &why, sizeof why);
    (void)told;
    _exit(127);
}
/* GCOVR_EXCL_STOP */

/* 0, or the errno of the exec that failed. */
static int exec_result(int fd) {
    int why = 0;
    ssize_t got = 0;
    do {
        got = read(fd, &why, sizeof why);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof why ? why : 0;
}

static enum mcp_code start(struct pipes *pipes, const char *program, char *const *argv,
                           char *const *env, struct mcp_spawned *out, struct mcp_err *err) {
    if (open_pipe(pipes->in) != 0 || open_pipe(pipes->out) != 0 || open_pipe(pipes->errors) != 0 ||
        open_pipe(pipes->exec) != 0 || set_nonblocking(pipes->in[WRITE_END]) != 0 ||
        set_nonblocking(pipes->out[READ_END]) != 0 || set_nonblocking(pipes->errors[READ_END]) != 0)
        return fail(err, "no pipes for a child process", errno);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return fail(err, "no child process", errno);
    if (pid == 0)
        run(pipes, parent, program, argv, env);
    close_fd(&pipes->exec[WRITE_END]);
    int why = exec_result(pipes->exec[READ_END]);
    if (why != 0) {
        (void)waitpid(pid, NULL, 0);
        return fail(err, "the program does not start", why);
    }
    *out = (struct mcp_spawned){pid, pipes->in[WRITE_END], pipes->out[READ_END],
                                pipes->errors[READ_END]};
    pipes->in[WRITE_END] = -1;
    pipes->out[READ_END] = -1;
    pipes->errors[READ_END] = -1;
    return MCP_OK;
}

enum mcp_code mcp_child_spawn(const char *program, char *const *argv, char *const *env,
                              struct mcp_spawned *out_spawned, struct mcp_err *err) {
    struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    enum mcp_code code = start(&pipes, program, argv, env, out_spawned, err);
    close_all(&pipes);
    return mcp_err_at(err, code, "command \"%.100s\"", program);
}
