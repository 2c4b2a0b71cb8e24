/* SPDX-License-Identifier: MIT */
/* http_request.h - one request, from its first byte to the end of its answer. Layer: listen.
 * Includes: server. */
#ifndef MCP_HTTP_REQUEST_H
#define MCP_HTTP_REQUEST_H

#include "listen/http_loop.h"

/* The HTTP library's callbacks; their `cls` is the loop. */
enum MHD_Result mcp_http_request_accept(void *cls, const struct sockaddr *address,
                                        socklen_t address_len);
void mcp_http_request_connect(void *cls, struct MHD_Connection *mhd, void **socket_context,
                              enum MHD_ConnectionNotificationCode what);
void *mcp_http_request_begin(void *cls, const char *target, struct MHD_Connection *mhd);
enum MHD_Result mcp_http_request_handle(void *cls, struct MHD_Connection *mhd, const char *path,
                                        const char *method, const char *version, const char *upload,
                                        size_t *upload_len, void **request);
void mcp_http_request_complete(void *cls, struct MHD_Connection *mhd, void **request,
                               enum MHD_RequestTerminationCode why);

/* The peer of a connection hung up (a mcp_peer_gone_fn). */
void mcp_http_request_lose(void *peer);

/* Wake the connection if it sleeps. */
void mcp_http_request_wake(struct mcp_http_connection *connection);

#endif
