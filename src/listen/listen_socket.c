/* SPDX-License-Identifier: MIT */
/* listen_socket.c - see listen_socket.h. */
#include "listen/listen_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen/os_error.h"

#define BACKLOG 1024

static enum mcp_code explain(struct mcp_err *err, uint16_t port) {
    int number = errno;
    enum mcp_code code = MCP_OK;
    switch (number) {
    case EADDRINUSE:
        code = MCP_FAIL(err, MCP_E_IO,
                        "port %u is in use: stop the other program or choose another with --port",
                        (unsigned)port);
        break;
    case EACCES:
    case EPERM:
        code =
            MCP_FAIL(err, MCP_E_IO, "port %u needs privileges: choose one above 1023 with --port",
                     (unsigned)port);
        break;
    case EADDRNOTAVAIL:
        code = MCP_FAIL(err, MCP_E_IO,
                        "this machine does not have the address: choose another with --host");
        break;
    default:
        return mcp_os_error(err, "cannot listen");
    }
    if (err != NULL)
        err->os_errno = number;
    return code;
}

static int bind_one(const struct addrinfo *address) {
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int on = 1;
    int off = 0;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ai_family == AF_INET6) /* "::" is every address, IPv4 too */
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int number = errno;
    (void)close(fd);
    errno = number;
    return -1;
}

uint16_t mcp_listen_socket_port(int fd) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    in_port_t port = 0;
    if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, &address, sizeof v6);
        port = v6.sin6_port;
    } else {
        struct sockaddr_in v4;
        memcpy(&v4, &address, sizeof v4);
        port = v4.sin_port;
    }
    return ntohs(port);
}

/* A name may have several addresses; IPv4 first, as clients of "localhost" mostly mean it. */
static int bind_any(const struct addrinfo *list) {
    static const int families[] = {AF_INET, AF_INET6};
    int fd = -1;
    errno = EADDRNOTAVAIL;
    for (size_t i = 0; i < MCP_COUNT(families) && fd < 0; i++)
        for (const struct addrinfo *at = list; at != NULL && fd < 0; at = at->ai_next)
            if (at->ai_family == families[i])
                fd = bind_one(at);
    return fd;
}

static enum mcp_code open_at(const char *host, uint16_t port, int *out_fd, struct mcp_err *err) {
    char service[8];
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(host, service, &hints, &list);
    if (rc != 0)
        return MCP_FAIL(err, MCP_E_IO, "\"%s\" is no address: %s", host, gai_strerror(rc));
    int fd = bind_any(list);
    int number = errno;
    freeaddrinfo(list);
    errno = number;
    if (fd < 0)
        return explain(err, port);
    *out_fd = fd;
    return MCP_OK;
}

enum mcp_code mcp_listen_socket_open(const char *host, uint16_t port, int *out_fd,
                                     uint16_t *out_port, struct mcp_err *err) {
    int fd = -1;
    enum mcp_code code = open_at(host, port, &fd, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "%s:%u", host, (unsigned)port);
    *out_fd = fd;
    *out_port = mcp_listen_socket_port(fd);
    return MCP_OK;
}
