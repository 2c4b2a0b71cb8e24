/* SPDX-License-Identifier: MIT */
/* http_relay.h - the outlet of a POST to /messages/. Layer: listen. Includes: base server. */
#ifndef MCP_HTTP_RELAY_H
#define MCP_HTTP_RELAY_H

#include "listen/http_reply.h"

/*
 * What the server answers goes to the event stream of the session; the POST itself is answered
 * with a status as soon as the message is taken.
 */
struct mcp_http_relay;

/* With one reference, the caller's, and lent to the server already. errors: NOMEM. */
enum mcp_code mcp_http_relay_new(struct mcp_http_reply *stream, struct mcp_http_relay **out_relay,
                                 struct mcp_err *err) MCP_CHECK;
struct mcp_outlet *mcp_http_relay_outlet(struct mcp_http_relay *relay);

/* After receive has returned: 202, or the status of a message that was refused outright (and then
 * nothing went to the stream). Gives the caller's reference up. */
unsigned mcp_http_relay_close(struct mcp_http_relay *relay);

#endif
