/* SPDX-License-Identifier: MIT */
/* listen_door.h - where a listener's peers come in: a port, a file, or an inherited socket. Layer:
 * listen. Includes: server. */
#ifndef MCP_LISTEN_DOOR_H
#define MCP_LISTEN_DOOR_H

#include "listen/listen_unix.h"
#include "mcp/listen.h"

#define MCP_LISTEN_DOOR_NAME_BYTES 320

/* fd -1 is closed. */
struct mcp_listen_door {
    int fd;
    uint16_t port; /* 0 of a socket in the file system */
    bool is_unix;
    struct mcp_listen_unix file;           /* when we made it; fd -1 otherwise */
    char name[MCP_LISTEN_DOOR_NAME_BYTES]; /* "127.0.0.1:8000", "[::1]:8000", "/run/mcp.sock" */
};

#define MCP_LISTEN_DOOR_INIT                                                                       \
    {                                                                                              \
        .fd = -1, .file = {.fd = -1 }                                                              \
    }

/*
 * Open the one the options name: inherited_fd, else unix_path, else host and port. An inherited
 * descriptor is taken in every case.
 *
 *   in      options  every default filled in
 *   errors  INVALID  the inherited descriptor is no listening stream socket
 *           EXISTS, IO  as mcp_listen_unix_open and mcp_listen_socket_open
 */
enum mcp_code mcp_listen_door_open(const struct mcp_listen_options *options,
                                   struct mcp_listen_door *out_door, struct mcp_err *err) MCP_CHECK;
void mcp_listen_door_close(struct mcp_listen_door *door);

#endif
