/* SPDX-License-Identifier: MIT */
/* http_listener.h - the HTTP loop: one thread, our epoll around the HTTP library's. Layer: listen.
 * Includes: server. */
#ifndef MCP_HTTP_LISTENER_H
#define MCP_HTTP_LISTENER_H

#include "listen/listener.h"

/* mcp_listener_start_http with every option filled in. */
enum mcp_code mcp_http_listener_start(struct mcp_server *server,
                                      const struct mcp_listen_options *options,
                                      struct mcp_listener **out_listener,
                                      struct mcp_err *err) MCP_CHECK;

#endif
