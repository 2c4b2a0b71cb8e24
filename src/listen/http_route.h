/* SPDX-License-Identifier: MIT */
/* http_route.h - which endpoint a request is for. Layer: listen. Includes: base. */
#ifndef MCP_HTTP_ROUTE_H
#define MCP_HTTP_ROUTE_H

#include "mcp/buf.h"

#define MCP_HTTP_ROUTE_MAX_TARGET 2048 /* bytes of a request target */

enum mcp_http_endpoint {
    MCP_HTTP_NOWHERE,     /* no such page */
    MCP_HTTP_BAD_TARGET,  /* not the origin form we serve, or an encoding that hides a path */
    MCP_HTTP_LONG_TARGET, /* more than MCP_HTTP_ROUTE_MAX_TARGET bytes */
    MCP_HTTP_MCP,         /* /mcp */
    MCP_HTTP_SSE,         /* /sse */
    MCP_HTTP_MESSAGES,    /* /messages/ and /messages */
    MCP_HTTP_PAGE         /* one of the program's own */
};

enum mcp_http_session_param { MCP_HTTP_PARAM_ABSENT, MCP_HTTP_PARAM_INVALID, MCP_HTTP_PARAM_GOOD };

struct mcp_http_route {
    enum mcp_http_endpoint endpoint;
    size_t page;                        /* index, for PAGE */
    enum mcp_http_session_param has_id; /* of ?session_id=, for MESSAGES */
    char session_id[33];                /* when GOOD: 32 lower-case hexadecimal digits */
};

/*
 * Resolve a request target as it came on the wire. Paths are compared byte by byte: nothing is
 * decoded or normalised, so there is one way to spell each. The session id of /messages/ may be
 * written as a UUID, with dashes or in upper case.
 *
 *   in      target  with the query
 *           pages   paths of the program's pages
 *   cost    O(length + page_count), no allocation
 */
void mcp_http_route_find(struct mcp_str target, const char *const *pages, size_t page_count,
                         struct mcp_http_route *out_route);

/* The Allow value of a known endpoint: "GET, POST, DELETE"; "" for the others. Static storage. */
const char *mcp_http_route_methods(enum mcp_http_endpoint endpoint);

/* `method` is one of those. OPTIONS is answered by every endpoint and is not among them. */
bool mcp_http_route_allows(enum mcp_http_endpoint endpoint, struct mcp_str method);

#endif
