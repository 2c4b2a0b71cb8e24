/* SPDX-License-Identifier: MIT */
/* jwks_url.h - from where keys may be fetched, and how long they are fresh. Layer: oauth. Includes:
 * base wire. */
#ifndef OAUTH_JWKS_URL_H
#define OAUTH_JWKS_URL_H

#include <stdint.h>

#include "mcp/buf.h"
#include "mcp/err.h"

enum {
    OAUTH_JWKS_MIN_FRESH_MS = 60000,  /* an answer that says less is asked for again after that */
    OAUTH_JWKS_MAX_FRESH_MS = 3600000 /* and one that says more */
};

/*
 * May keys be fetched from there? Who can change them on the way can sign every token, so it is
 * https; http is for this machine: 127.0.0.0/8, ::1 and "localhost".
 *
 *   out     *out_is_plain  http
 *   errors  INVALID  another scheme, http elsewhere, no host, a user, a fragment
 *           SYNTAX, LIMIT  as mcp_uri_parse
 *   cost    no allocation
 */
enum mcp_code oauth_jwks_url_check(const char *url, bool *out_is_plain,
                                   struct mcp_err *err) MCP_CHECK;

/* How long an answer with this Cache-Control is fresh, within the bounds above: its first max-age;
 * no-store and no-cache are 0. Without any of them 0: it does not say. spec: RFC 9111 5.2 */
uint64_t oauth_jwks_url_fresh_ms(struct mcp_str cache_control);

#endif
