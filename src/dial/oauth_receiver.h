/* SPDX-License-Identifier: MIT */
/* oauth_receiver.h - the redirect URI of this machine. Layer: dial. Includes: loop. */
#ifndef MCP_OAUTH_RECEIVER_H
#define MCP_OAUTH_RECEIVER_H

#include "dial/loop.h"

enum {
    MCP_OAUTH_RECEIVER_MAX_PEERS = 8, /* connections at a time; more wait in the backlog */
    MCP_OAUTH_RECEIVER_PEER_MS = 10000,
    MCP_OAUTH_RECEIVER_MAX_URI_BYTES = 512
};

/* Listens on a loopback address until closed; no other request than GET of its path reaches the
 * owner. Loop thread only. */
struct mcp_oauth_receiver;

/*
 * Listen.
 *
 *   in      uri       "http://127.0.0.1:8765/callback"; without a port: a free one is taken
 *           on_query  what a browser was sent to it with; true when that was waited for. It may
 *                     close the receiver
 *   errors  INVALID   not a redirect URI of this machine
 *           IO        the port cannot be had
 *           NOMEM
 */
enum mcp_code mcp_oauth_receiver_open(struct mcp_loop *loop, const char *uri,
                                      bool (*on_query)(void *user, struct mcp_str query),
                                      void *user, struct mcp_oauth_receiver **out_receiver,
                                      struct mcp_err *err) MCP_CHECK;

/* The URI with the port that is listened on. */
const char *mcp_oauth_receiver_uri(const struct mcp_oauth_receiver *receiver);

/* NULL is a no-op. The memory stays until the loop's next round. */
void mcp_oauth_receiver_close(struct mcp_oauth_receiver *receiver);

#endif
