/* SPDX-License-Identifier: MIT */
/* key_fetch.h - a thread that gets one URL, again and again. Layer: serve. Includes: base. */
#ifndef SERVE_KEY_FETCH_H
#define SERVE_KEY_FETCH_H

#include <stdint.h>

#include "mcp/buf.h"
#include "mcp/err.h"

enum {
    SERVE_FETCH_CONNECT_MS = 5000,
    SERVE_FETCH_TIMEOUT_MS = 10000 /* for all of one exchange */
};

/* Who wants it. All are called on the thread. */
struct serve_key_wish {
    const char *url;  /* checked; borrowed */
    bool is_plain;    /* http, not https */
    size_t max_bytes; /* of a body */

    /* When to begin the next exchange, as mcp_clock_now_ms; UINT64_MAX: not before serve_key_fetch_
     * wake. */
    uint64_t (*due)(void *user);
    void (*begin)(void *user);
    /* The end of each that began: a body of status 200, or why there is none. */
    void (*took)(void *user, struct mcp_str body, struct mcp_str cache_control);
    void (*failed)(void *user, const struct mcp_err *why);
    void *user;
};

struct serve_key_fetch;

/*
 * GET with TLS 1.2 or newer and the system's certificates. Redirects are refused, nothing of the
 * environment is used (proxies, .netrc).
 *
 *   why     IO       no connection, a bad certificate, another status than 200, a cut answer
 *           LIMIT    a body of more than max_bytes
 *           TIMEOUT
 *   errors  NOMEM; IO no thread
 */
enum mcp_code serve_key_fetch_start(const struct serve_key_wish *wish,
                                    struct serve_key_fetch **out_fetch,
                                    struct mcp_err *err) MCP_CHECK;
void serve_key_fetch_stop(struct serve_key_fetch *fetch); /* at once; NULL is a no-op */

/* Ask `due` again. Any thread. */
void serve_key_fetch_wake(struct serve_key_fetch *fetch);

#endif
