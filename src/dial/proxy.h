/* SPDX-License-Identifier: MIT */
/* proxy.h - which proxy of the environment an exchange goes through. Layer: dial. Includes: base.
 */
#ifndef MCP_PROXY_H
#define MCP_PROXY_H

#include <stdbool.h>

#include "mcp/err.h"

enum { MCP_PROXY_MAX_BYTES = 64 << 10 /* of a variable */ };

/* What the environment says; owned. NULL: nothing. */
struct mcp_proxy_env {
    char *http; /* http_proxy, in lower case only: a request's header "Proxy" makes the other one */
    char *https; /* https_proxy, HTTPS_PROXY */
    char *all;   /* all_proxy, ALL_PROXY: where the one of the scheme is not set */
    char *none;  /* no_proxy, NO_PROXY: hosts that are reached without one */
};

/*
 * Read the variables with `get`; the lower case name comes first, an empty value counts as none.
 *
 *   errors  LIMIT  more than MCP_PROXY_MAX_BYTES; err->where is the variable
 *           NOMEM
 */
enum mcp_code mcp_proxy_env_init(struct mcp_proxy_env *env,
                                 const char *(*get)(void *user, const char *name), void *user,
                                 struct mcp_err *err) MCP_CHECK;
void mcp_proxy_env_deinit(struct mcp_proxy_env *env);

/*
 * The proxy for a URL.
 *
 *   in      scheme  "http" or "https"
 *           host    without brackets; an address in its usual form
 *   out     *out_proxy  borrowed from `env`; NULL: connect directly. Hosts of no_proxy are, and
 *                       always this machine (localhost, 127.0.0.0/8, ::1)
 *   errors  INVALID  the variable holds no URL of a proxy. What it holds is not repeated, it may
 *                    have a password in it
 *   spec    the manual of curl, "environment", "proxy" and "noproxy"
 */
enum mcp_code mcp_proxy_choose(const struct mcp_proxy_env *env, const char *scheme,
                               const char *host, const char **out_proxy,
                               struct mcp_err *err) MCP_CHECK;

#endif
