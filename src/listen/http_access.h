/* SPDX-License-Identifier: MIT */
/* http_access.h - who calls: the one place where a request's principal is decided. Layer: listen.
 * Includes: base wire. */
#ifndef MCP_HTTP_ACCESS_H
#define MCP_HTTP_ACCESS_H

#include "listen/http_guard.h"

/* Some way of telling who calls is configured: without one a listener may have to be protected. */
bool mcp_http_access_is_needed(const struct mcp_http_policy *policy);

/*
 * Decide from the Authorization header, which has been found to be there at most once. A further
 * kind of token is judged here, after the static ones.
 *
 *   out     facts->principal, facts->is_bearer, facts->digest  when the verdict is to come in
 *   returns status 0; 401 with verdict.challenge
 *   cost    no allocation, no wait
 */
struct mcp_http_verdict mcp_http_access_check(const struct mcp_http_policy *policy,
                                              struct mcp_http_facts *facts);

/* What let this request in still does: false when its token has been taken away since. */
bool mcp_http_access_still(const struct mcp_http_policy *policy,
                           const struct mcp_http_facts *facts);

#endif
