/* SPDX-License-Identifier: MIT */
/* peer_watch.h - notice that a peer hung up while its connection sleeps. Layer: listen. Includes:
 * base. */
#ifndef MCP_PEER_WATCH_H
#define MCP_PEER_WATCH_H

#include "mcp/err.h"

/* Told at most once for an added descriptor: the peer closed it, or its sending half. */
typedef void(mcp_peer_gone_fn)(void *peer);

/* thread: one. */
struct mcp_peer_watch {
    int fd; /* owned epoll descriptor; readable when mcp_peer_watch_run has something to tell */
};

#define MCP_PEER_WATCH_INIT                                                                        \
    { .fd = -1 }

/* errors: IO. */
enum mcp_code mcp_peer_watch_open(struct mcp_peer_watch *watch, struct mcp_err *err) MCP_CHECK;
void mcp_peer_watch_close(struct mcp_peer_watch *watch);

/* Also when the peer left before. A descriptor may be added once until removed. errors: IO. */
enum mcp_code mcp_peer_watch_add(struct mcp_peer_watch *watch, int socket, void *peer,
                                 struct mcp_err *err) MCP_CHECK;
void mcp_peer_watch_remove(struct mcp_peer_watch *watch, int socket); /* before it is closed */

/* Tell `on_gone` of every peer that left. Does not wait. */
void mcp_peer_watch_run(struct mcp_peer_watch *watch, mcp_peer_gone_fn *on_gone);

#endif
