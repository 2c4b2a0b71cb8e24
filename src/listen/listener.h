/* SPDX-License-Identifier: MIT */
/* listener.h - what the transports have in common. Layer: listen. Includes: server. */
#ifndef MCP_LISTENER_H
#define MCP_LISTENER_H

#include <pthread.h>

#include "listen/http_renewal.h"
#include "listen/worker_pool.h"
#include "mcp/listen.h"

/* The first three are called in this order, once each, from mcp_listener_stop and
 * mcp_listener_free. */
struct mcp_listener_ops {
    void (*refuse)(struct mcp_listener *listener); /* no new peer; those there may go on */
    void (*finish)(struct mcp_listener *listener, uint64_t grace_ms); /* the server has stopped:
        wait for what it still answers, close every connection, join */
    void (*release)(struct mcp_listener *listener);
    /* takes `news`; any thread; NULL where there is nothing to renew */
    void (*renew)(struct mcp_listener *listener, const struct mcp_http_news *news);
    /* any thread; NULL where there are no connections */
    void (*count)(const struct mcp_listener *listener, struct mcp_listener_counts *out_counts);
};

#define MCP_LISTENER_NAME_BYTES 352

/* First member of each transport's own object. */
struct mcp_listener {
    const struct mcp_listener_ops *ops;
    struct mcp_server *server;
    struct mcp_worker_pool *pool; /* owned; stopped after finish */
    uint16_t port;                /* 0 without one */
    char name[MCP_LISTENER_NAME_BYTES];
    bool has_tls;
    bool is_stopped;
};

/* Start the workers, make them the server's, start the server. */
enum mcp_code mcp_listener_prepare(struct mcp_listener *listener, struct mcp_server *server,
                                   const struct mcp_listen_options *options,
                                   struct mcp_err *err) MCP_CHECK;

/* Make a thread that gets no signals. errors: IO. */
enum mcp_code mcp_listener_spawn(pthread_t *out_thread, void *(*run)(void *arg), void *arg,
                                 struct mcp_err *err) MCP_CHECK;

/* Writing to a peer that left must be an error, not the end of the process. */
void mcp_listener_ignore_sigpipe(void);

#endif
