/* SPDX-License-Identifier: MIT */
/* http_resume.h - streams that lose their connection and find another. Layer: listen. Includes:
 * base server. */
#ifndef MCP_HTTP_RESUME_H
#define MCP_HTTP_RESUME_H

#include "listen/http_reply.h"

/*
 * The connection is done with it: all was sent, or the peer left. Tells the server what it must
 * know. True for a standalone stream that goes on collecting, which must be given up some time.
 * The reference stays the caller's.
 */
bool mcp_http_resume_detach(struct mcp_http_reply *reply);

/* A reply whose outlet the server does not have, after all. Gives the caller's reference up. */
void mcp_http_resume_discard(struct mcp_http_reply *reply);

/* Nobody came back for a detached stream: give it up. No-op when it has a reader or has ended. */
void mcp_http_resume_abandon(struct mcp_http_reply *reply);

/* Waits for nobody: has a reader again, or has ended. */
bool mcp_http_resume_is_settled(struct mcp_http_reply *reply);

/* Name the reply as the session's standalone or HTTP+SSE stream; NOMEM. Its end undoes it. */
enum mcp_code mcp_http_resume_register(struct mcp_http_reply *reply, struct mcp_err *err) MCP_CHECK;

/* The standalone stream of a session, if it has no reader; or its HTTP+SSE stream. A reference is
 * added; NULL when there is none. */
struct mcp_http_reply *mcp_http_resume_find_detached(struct mcp_http_hub *hub, struct mcp_str id);
struct mcp_http_reply *mcp_http_resume_find_sse(struct mcp_http_hub *hub, struct mcp_str id);

/*
 * Continue a stream after the event `last`: a detached one that still collects, or the kept rest
 * of an ended one. *out_reply has a reader and one reference for it, on top of any other.
 *
 *   errors  NOT_FOUND  no such stream, or no such event of it
 *           LIMIT      events in between are no longer kept
 *           EXISTS     somebody reads it
 *           STATE      max_streams are open
 *           NOMEM
 */
enum mcp_code mcp_http_resume_continue(struct mcp_http_hub *hub, struct mcp_str session_id,
                                       struct mcp_event_id last, struct mcp_http_reply **out_reply,
                                       struct mcp_err *err) MCP_CHECK;

#endif
