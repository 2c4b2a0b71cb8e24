/* SPDX-License-Identifier: MIT */
/* shape.h - the newest form of a message to what an older revision knows. Layer: protocol. */
#ifndef MCP_SHAPE_H
#define MCP_SHAPE_H

#include "mcp/method.h"
#include "mcp/result.h"

/* For whom a result is, and what the modern wire adds to it. */
struct mcp_shape {
    const struct mcp_method *method; /* what is being answered; NULL: unknown, only common rules */
    enum mcp_version version;
    bool is_private;     /* cacheScope: "private" instead of "public" */
    int64_t ttl_ms;      /* ttlMs of a cacheable result; 0: do not cache */
    json_t *server_info; /* Implementation object for _meta; borrowed; NULL: none */
};

/*
 * Turn a result in the newest form into the form of a revision, in place.
 *
 * Modern: resultType "complete", ttlMs and cacheScope (cacheable methods, complete results) and
 * _meta serverInfo are added where absent. Older: members that revision does not have are removed;
 * a content block it does not have becomes a text block that names it. Members nobody knows stay.
 * What is nested in `members` is copied before it is changed, so it may be shared. The encoded
 * member is never touched, and a legacy result without other members costs nothing.
 *
 *   errors  UNSUPPORTED  a resultType other than "complete" for a revision that has none
 *           NOMEM        the result is to be thrown away
 */
enum mcp_code mcp_shape_result(struct mcp_result *result, const struct mcp_shape *shape,
                               struct mcp_err *err) MCP_CHECK;

/*
 * The same for the params of what a server sends: requests to the client and notifications.
 *
 *   in      params  object or NULL; never modified
 *   out     *out_params  a new reference, to `params` itself when nothing had to change
 *   errors  UNSUPPORTED  elicitation in url mode before 2025-11-25; NOMEM
 */
enum mcp_code mcp_shape_params(json_t *params, const struct mcp_method *method,
                               enum mcp_version version, json_t **out_params,
                               struct mcp_err *err) MCP_CHECK;

#endif
