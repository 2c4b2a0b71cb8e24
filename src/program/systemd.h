/* SPDX-License-Identifier: MIT */
/* systemd.h - sockets handed over and states told, as sd_listen_fds(3) and sd_notify(3) have it.
 * Layer: program. Includes: base. */
#ifndef MCP_SYSTEMD_H
#define MCP_SYSTEMD_H

#include <stdbool.h>
#include <stddef.h>

#define MCP_SYSTEMD_FIRST_FD 3
#define MCP_SYSTEMD_MAX_FDS  64

/*
 * Take the descriptors that LISTEN_FDS and LISTEN_PID (of this process) announce: from now on no
 * child inherits them, and the variables are gone. Before threads and children; a second call finds
 * nothing. The sockets after the first are closed: one is served.
 *
 *   returns the first one, the caller's; 0 when there is none
 */
int mcp_systemd_take_socket(size_t *out_count);

/* Tell NOTIFY_SOCKET, when there is one: "READY=1", "STOPPING=1". False: nobody was told. */
bool mcp_systemd_notify(const char *state);

#endif
