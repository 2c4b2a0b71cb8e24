/* SPDX-License-Identifier: MIT */
/* oauth_redirect.h - the request a browser makes to the redirect URI. Layer: oauth_client.
 * Includes: base. */
#ifndef MCP_OAUTH_REDIRECT_H
#define MCP_OAUTH_REDIRECT_H

#include <stdint.h>

#include "mcp/buf.h"

enum { MCP_OAUTH_REDIRECT_MAX_BYTES = 16 << 10 /* of a request's head */ };

enum mcp_oauth_redirect {
    MCP_OAUTH_REDIRECT_MORE,  /* the head is not whole yet */
    MCP_OAUTH_REDIRECT_QUERY, /* *out_query is what the browser was told */
    MCP_OAUTH_REDIRECT_OTHER, /* some other path: a favicon */
    MCP_OAUTH_REDIRECT_BAD    /* no request that could be it: not GET, another Host, too long */
};

/*
 * Look at what came of a request so far.
 *
 *   in      head      bytes since the connection opened
 *           path      of the redirect URI
 *           port      of the redirect URI; Host must name it, with a name of this machine
 *   out     out_query a view into `head`, on QUERY
 *   spec    RFC 8252 section 7.3
 */
enum mcp_oauth_redirect mcp_oauth_redirect_read(struct mcp_str head, const char *path,
                                                uint16_t port, struct mcp_str *out_query);

/* The query of a pasted URL, without white space around it and without a fragment; empty when it
 * has none. */
struct mcp_str mcp_oauth_redirect_query(struct mcp_str url);

/* Split "http://127.0.0.1:8080/callback" into what listens for it. errors: INVALID not http to this
 * machine; a query or a fragment in it */
enum mcp_code mcp_oauth_redirect_split(const char *uri, struct mcp_str *out_host,
                                       uint16_t *out_port, struct mcp_str *out_path,
                                       struct mcp_err *err) MCP_CHECK;

#endif
