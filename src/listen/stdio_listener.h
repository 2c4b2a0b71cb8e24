/* SPDX-License-Identifier: MIT */
/* stdio_listener.h - one peer on two descriptors, a message a line. Layer: listen. Includes: wire
 * server. */
#ifndef MCP_STDIO_LISTENER_H
#define MCP_STDIO_LISTENER_H

#include "listen/listener.h"

#define MCP_STDIO_EOF_WAIT_MS 10000 /* for answers after the input has ended */

struct mcp_stdio_ends {
    int in_fd;
    int out_fd;
    void (*on_eof)(void *user); /* may be NULL */
    void *user;
};

/* mcp_listener_start_stdio with every option filled in. */
enum mcp_code mcp_stdio_listener_start(struct mcp_server *server,
                                       const struct mcp_listen_options *options,
                                       const struct mcp_stdio_ends *ends,
                                       struct mcp_listener **out_listener,
                                       struct mcp_err *err) MCP_CHECK;

#endif
