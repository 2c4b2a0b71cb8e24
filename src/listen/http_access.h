/* SPDX-License-Identifier: MIT */
/* http_access.h - who calls: the one place where a request's principal is decided. Layer: listen.
 * Includes: base wire. */
#ifndef MCP_HTTP_ACCESS_H
#define MCP_HTTP_ACCESS_H

#include "listen/http_guard.h"

/* Some way of telling who calls is configured: without one a listener may have to be protected. */
bool mcp_http_access_is_needed(const struct mcp_http_policy *policy);

/*
 * Decide from the Authorization header, which has been found to be there at most once. A
 * token that is none of the static ones is judged by the authority, when there is one.
 *
 *   out     facts->principal, facts->is_bearer, facts->digest, facts->grant  when the verdict is to
 *           come in
 *   returns status 0; 400 or 401 with verdict.challenge; 503
 *   cost    no wait; no allocation but the authority's
 */
struct mcp_http_verdict mcp_http_access_check(const struct mcp_http_policy *policy,
                                              struct mcp_http_facts *facts);

/* The token that let this request in has expired since. */
bool mcp_http_access_is_over(const struct mcp_http_facts *facts, uint64_t now_ms);

/* What let this request in still does: false when its token has been taken away since. */
bool mcp_http_access_still(const struct mcp_http_policy *policy,
                           const struct mcp_http_facts *facts);

#endif
