/* SPDX-License-Identifier: MIT */
/* listen_socket.h - bind a TCP port, or say what is in the way. Layer: listen. Includes: base. */
#ifndef MCP_LISTEN_SOCKET_H
#define MCP_LISTEN_SOCKET_H

#include <stdint.h>

#include "mcp/err.h"

/*
 * Listen on host:port; port 0 is any free one.
 *
 *   out     out_fd    the caller's to close
 *           out_port  the port it is
 *   errors  IO        err->what says what to do, err->where is "host:port"
 */
enum mcp_code mcp_listen_socket_open(const char *host, uint16_t port, int *out_fd,
                                     uint16_t *out_port, struct mcp_err *err) MCP_CHECK;

/* The port a socket is bound to; 0 when it has none. */
uint16_t mcp_listen_socket_port(int fd);

#endif
