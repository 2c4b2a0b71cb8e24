/* SPDX-License-Identifier: MIT */
/* oauth_url.h - where credentials may travel, and which URL covers which. Layer: oauth_client.
 * Includes: base. */
#ifndef MCP_OAUTH_URL_H
#define MCP_OAUTH_URL_H

#include "mcp/buf.h"

/* The host of an absolute URL is this machine: localhost, 127.0.0.0/8 or ::1. False when it is no
 * URL. */
bool mcp_oauth_url_is_local(const char *url);

/*
 * A URL that the network named: https, or http to this machine when `allows_local` (the server
 * itself is on this machine: another may not send us to what listens here).
 *
 *   errors  DENIED  another scheme, no host, a user name, a fragment, http to another machine
 *           SYNTAX, LIMIT  not a URL
 */
enum mcp_code mcp_oauth_url_check(const char *url, bool allows_local,
                                  struct mcp_err *err) MCP_CHECK;

/* Append the identifier of a server as a resource: scheme and host in lower case, no default port,
 * no fragment, no lone slash as path. errors: as mcp_uri_parse. spec: RFC 8707 section 2 */
enum mcp_code mcp_oauth_url_resource(const char *url, struct mcp_buf *out,
                                     struct mcp_err *err) MCP_CHECK;

/* Same origin, and the path of `resource` is the server's or one above it. */
bool mcp_oauth_url_covers(const char *resource, const char *server_url);

/*
 * Append the origin of `url`, then `before`, its path without a final slash, and `after`.
 *
 *   spec  RFC 8414 section 3.1 (path after), OpenID Connect Discovery 4.1 (path before)
 */
enum mcp_code mcp_oauth_url_well_known(const char *url, const char *before, const char *after,
                                       bool has_path, struct mcp_buf *out,
                                       struct mcp_err *err) MCP_CHECK;

#endif
