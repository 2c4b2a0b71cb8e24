/* SPDX-License-Identifier: MIT */
/* listen_door.c - see listen_door.h. Effect: one listening socket. */
#include "listen/listen_door.h"

#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen/listen_socket.h"
#include "listen/os_error.h"

static void name_port(struct mcp_listen_door *door, const char *host) {
    bool is_v6 = strchr(host, ':') != NULL;
    (void)snprintf(door->name, sizeof door->name, "%s%.255s%s:%u", is_v6 ? "[" : "", host,
                   is_v6 ? "]" : "", (unsigned)door->port);
}

static bool is_listening(int fd) {
    int is_on = 0;
    int type = 0;
    socklen_t len = sizeof is_on;
    socklen_t type_len = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_on, &len) == 0 && is_on == 1 &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 && type == SOCK_STREAM;
}

/* Peers of it and its name, from the kernel: it was made elsewhere. */
static enum mcp_code look_at(struct mcp_listen_door *door, struct mcp_err *err) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    char host[NI_MAXHOST];
    char service[NI_MAXSERV];
    if (getsockname(door->fd, (struct sockaddr *)&address, &len) != 0)
        return mcp_os_error(err, "getsockname");
    if (address.ss_family == AF_UNIX) {
        struct sockaddr_un local;
        memcpy(&local, &address, sizeof local);
        door->is_unix = true;
        (void)snprintf(door->name, sizeof door->name, "%.*s", (int)sizeof local.sun_path,
                       local.sun_path);
        return MCP_OK;
    }
    if (getnameinfo((const struct sockaddr *)&address, len, host, sizeof host, service,
                    sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return MCP_FAIL(err, MCP_E_INVALID, "a socket of a kind that is not served");
    door->port = mcp_listen_socket_port(door->fd);
    name_port(door, host);
    return MCP_OK;
}

static enum mcp_code inherit(int fd, struct mcp_listen_door *door, struct mcp_err *err) {
    door->fd = fd;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || !is_listening(fd))
        return MCP_FAIL(err, MCP_E_INVALID, "descriptor %d is no listening stream socket", fd);
    if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return mcp_os_error(err, "fcntl");
    return look_at(door, err);
}

static enum mcp_code open_any(const struct mcp_listen_options *options,
                              struct mcp_listen_door *door, struct mcp_err *err) {
    if (options->inherited_fd > 0)
        return inherit(options->inherited_fd, door, err);
    if (options->unix_path != NULL) {
        MCP_TRY(mcp_listen_unix_open(options->unix_path, options->unix_mode, &door->file, err));
        door->fd = door->file.fd;
        door->is_unix = true;
        (void)snprintf(door->name, sizeof door->name, "%s", options->unix_path);
        return MCP_OK;
    }
    MCP_TRY(mcp_listen_socket_open(options->host, options->port, &door->fd, &door->port, err));
    name_port(door, options->host);
    return MCP_OK;
}

enum mcp_code mcp_listen_door_open(const struct mcp_listen_options *options,
                                   struct mcp_listen_door *out_door, struct mcp_err *err) {
    struct mcp_listen_door door = MCP_LISTEN_DOOR_INIT;
    enum mcp_code code = open_any(options, &door, err);
    if (code != MCP_OK) {
        mcp_listen_door_close(&door);
        return code;
    }
    *out_door = door;
    return MCP_OK;
}

void mcp_listen_door_close(struct mcp_listen_door *door) {
    if (door->file.fd >= 0)
        mcp_listen_unix_close(&door->file);
    else if (door->fd >= 0)
        (void)close(door->fd);
    door->fd = -1;
}
