/* SPDX-License-Identifier: MIT */
/* http_endpoint.h - what each endpoint does with a request that was let in. Layer: listen.
 * Includes: server. */
#ifndef MCP_HTTP_ENDPOINT_H
#define MCP_HTTP_ENDPOINT_H

#include "listen/http_loop.h"

/*
 * Serve a request whose body is complete. On MHD_YES either an answer is queued (step DONE), or
 * connection->reply is set and will say what to do (step REPLY). MHD_NO closes the connection.
 *
 *   in  head  views into the HTTP library's memory
 */
enum MHD_Result mcp_http_endpoint_serve(struct mcp_http_connection *connection,
                                        const struct mcp_http_head *head);

#endif
