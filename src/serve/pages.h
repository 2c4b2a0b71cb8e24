/* SPDX-License-Identifier: MIT */
/* pages.h - /health and /metrics: the program's and the engine's, and what is ours. Layer: serve.
 * Includes: listen. */
#ifndef SERVE_PAGES_H
#define SERVE_PAGES_H

#include "mcp/listen.h"
#include "serve/authority.h"

struct serve_pages {
    struct mcp_server *server;
    _Atomic(struct mcp_listener *) listener; /* NULL until it has started */
    struct serve_authority *authority;       /* NULL: none */
    mcp_page_fn *health;                     /* a JSON object; of the program */
    void *health_user;
};

/* The program's, and of fetched keys: "keys": {"count", "age_s", "failures"}. Page functions;
 * `user` is a struct serve_pages. */
mcp_page_fn serve_pages_health;

/* The engine's; mcp_connections and mcp_connections_refused_total; of fetched keys: mcp_keys,
 * mcp_keys_age_seconds, mcp_keys_failures. */
mcp_page_fn serve_pages_metrics;

#endif
