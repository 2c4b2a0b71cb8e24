/* SPDX-License-Identifier: MIT */
/* listen_unix.c - see listen_unix.h. Effect: one socket and its file. */
#include "listen/listen_unix.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen/os_error.h"

#define BACKLOG 1024

static int new_socket(void) {
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Somebody accepts there, or would if he were not overrun. */
static bool is_answered(const struct sockaddr_un *address) {
    int fd = new_socket();
    if (fd < 0)
        return true;
    int rc = connect(fd, (const struct sockaddr *)address, sizeof *address);
    bool is_refused = rc != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    return !is_refused;
}

static enum mcp_code remove_stale(const struct sockaddr_un *address, struct mcp_err *err) {
    struct stat info;
    if (lstat(address->sun_path, &info) != 0)
        return errno == ENOENT ? MCP_OK : mcp_os_error(err, "cannot listen");
    if (!S_ISSOCK(info.st_mode))
        return MCP_FAIL(err, MCP_E_EXISTS, "a file that is no socket is in the way: remove it");
    if (is_answered(address))
        return MCP_FAIL(err, MCP_E_EXISTS,
                        "another program listens there: stop it or choose another with --unix");
    return unlink(address->sun_path) == 0 ? MCP_OK : mcp_os_error(err, "cannot remove the former");
}

/* The file gets the permissions of the socket, less the umask: never more than asked for, not even
 * before chmod gives back what the umask took. */
static enum mcp_code bind_at(int fd, const struct sockaddr_un *address, mode_t mode,
                             struct mcp_err *err) {
    if (fchmod(fd, mode) != 0)
        return mcp_os_error(err, "cannot set the mode");
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0)
        return mcp_os_error(err, "cannot listen");
    if (chmod(address->sun_path, mode) != 0 || listen(fd, BACKLOG) != 0)
        return mcp_os_error(err, "cannot listen");
    return MCP_OK;
}

static enum mcp_code open_at(const struct sockaddr_un *address, mode_t mode,
                             struct mcp_listen_unix *out_socket, struct mcp_err *err) {
    struct stat info;
    MCP_TRY(remove_stale(address, err));
    int fd = new_socket();
    if (fd < 0)
        return mcp_os_error(err, "socket");
    enum mcp_code code = bind_at(fd, address, mode, err);
    if (code == MCP_OK && lstat(address->sun_path, &info) != 0)
        code = mcp_os_error(err, "cannot listen");
    if (code != MCP_OK) {
        (void)close(fd);
        return code;
    }
    *out_socket = (struct mcp_listen_unix){.fd = fd, .device = info.st_dev, .inode = info.st_ino};
    memcpy(out_socket->path, address->sun_path, sizeof out_socket->path);
    return MCP_OK;
}

enum mcp_code mcp_listen_unix_open(const char *path, mode_t mode,
                                   struct mcp_listen_unix *out_socket, struct mcp_err *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len > MCP_LISTEN_UNIX_MAX_PATH)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_INVALID, "a path of %zu bytes: expected 1 to %d", len,
                                   MCP_LISTEN_UNIX_MAX_PATH),
                          "%s", path);
    memcpy(address.sun_path, path, len);
    enum mcp_code code = open_at(&address, mode, out_socket, err);
    return code == MCP_OK ? MCP_OK : mcp_err_at(err, code, "%s", path);
}

void mcp_listen_unix_close(struct mcp_listen_unix *socket) {
    struct stat info;
    if (socket->fd < 0)
        return;
    bool is_ours = lstat(socket->path, &info) == 0 && info.st_dev == socket->device &&
                   info.st_ino == socket->inode;
    if (is_ours)
        (void)unlink(socket->path);
    (void)close(socket->fd);
    socket->fd = -1;
}

bool mcp_listen_unix_is_own(int connection) {
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           peer.uid == geteuid();
}
