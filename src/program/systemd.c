/* SPDX-License-Identifier: MIT */
/* systemd.c - see systemd.h. Effect: the environment, descriptors, one datagram. */
#include "program/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* False unless all of it is a number. */
static bool read_number(const char *name, long *out_number) {
    const char *text = getenv(name); /* NOLINT(concurrency-mt-unsafe): before threads */
    char *end = NULL;
    if (text == NULL || *text == '\0')
        return false;
    errno = 0;
    *out_number = strtol(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static void forget_variables(void) {
    (void)unsetenv("LISTEN_PID");     /* NOLINT(concurrency-mt-unsafe) */
    (void)unsetenv("LISTEN_FDS");     /* NOLINT(concurrency-mt-unsafe) */
    (void)unsetenv("LISTEN_FDNAMES"); /* NOLINT(concurrency-mt-unsafe) */
}

int mcp_systemd_take_socket(size_t *out_count) {
    long pid = 0;
    long count = 0;
    bool is_ours = read_number("LISTEN_PID", &pid) && read_number("LISTEN_FDS", &count) &&
                   pid == (long)getpid() && count > 0;
    forget_variables();
    *out_count = is_ours ? (size_t)count : 0;
    if (!is_ours)
        return 0;
    for (long i = 1; i < count && i < MCP_SYSTEMD_MAX_FDS; i++)
        (void)close(MCP_SYSTEMD_FIRST_FD + (int)i);
    (void)fcntl(MCP_SYSTEMD_FIRST_FD, F_SETFD, FD_CLOEXEC);
    return MCP_SYSTEMD_FIRST_FD;
}

bool mcp_systemd_notify(const char *state) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET"); /* NOLINT(concurrency-mt-unsafe): never set */
    size_t len = path != NULL ? strlen(path) : 0;
    bool is_known = len > 1 && len <= sizeof address.sun_path && strchr("/@", path[0]) != NULL;
    if (!is_known)
        return false;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; /* the abstract name space */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    socklen_t address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t sent =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, address_len);
    (void)close(fd);
    return sent == (ssize_t)strlen(state);
}
