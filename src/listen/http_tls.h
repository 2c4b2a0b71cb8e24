/* SPDX-License-Identifier: MIT */
/* http_tls.h - TLS of the HTTP loop: what its sessions are shown. Layer: listen. Includes: base
 * server. */
#ifndef MCP_HTTP_TLS_H
#define MCP_HTTP_TLS_H

#include "listen/http_loop.h"

/* For MHD_OPTION_ARRAY: versions and ciphers, and that a session shows nothing but what it has been
 * given; none at all when the loop has no identity. */
enum { MCP_HTTP_TLS_OPTIONS = 3 };
void mcp_http_tls_options(const struct mcp_http_loop *loop,
                          struct MHD_OptionItem out[MCP_HTTP_TLS_OPTIONS]);

/* Take what is shown from now on; the sessions that are there keep theirs. Warns in the log when it
 * has expired, or will soon. */
void mcp_http_tls_set(struct mcp_http_loop *loop, struct mcp_tls_identity *identity);

/* Give a connection that has just been accepted what it shows, or cut it off. It holds on to it
 * until it is closed. */
void mcp_http_tls_greet(struct mcp_http_connection *connection);

#endif
