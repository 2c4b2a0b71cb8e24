/* SPDX-License-Identifier: MIT */
/* signals.c - see signals.h. */
#include "program/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t watched(void) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    return set;
}

void mcp_signals_block(void) {
    sigset_t set = watched();
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

enum mcp_code mcp_signals_open(int *out_fd, struct mcp_err *err) {
    sigset_t set = watched();
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        int why = errno;
        enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "signals cannot be watched");
        if (err != NULL)
            err->os_errno = why;
        return code;
    }
    *out_fd = fd;
    return MCP_OK;
}

int mcp_signals_take(int fd) {
    struct signalfd_siginfo info;
    ssize_t got = read(fd, &info, sizeof info);
    return got == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

void mcp_signals_restore(void) {
    struct sigaction otherwise = {.sa_handler = SIG_DFL};
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaction(SIGTERM, &otherwise, NULL);
    (void)sigaction(SIGINT, &otherwise, NULL);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
