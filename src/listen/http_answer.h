/* SPDX-License-Identifier: MIT */
/* http_answer.h - answers given to the HTTP library. Layer: listen. Includes: base wire. */
#ifndef MCP_HTTP_ANSWER_H
#define MCP_HTTP_ANSWER_H

#include "listen/http_loop.h"

/* Every function returns what the access handler returns: MHD_NO closes the connection. */

/* A refusal: a JSON-RPC error with id null on /mcp, plain text elsewhere. Uses the verdict's
 * status, text and must_close; 204 is the answer to a preflight. */
enum MHD_Result mcp_http_answer_refuse(struct mcp_http_connection *connection,
                                       const struct mcp_http_verdict *verdict);

/* The text of `err` with the status of `code`. */
enum MHD_Result mcp_http_answer_failure(struct mcp_http_connection *connection, unsigned status,
                                        const char *text);

/* Plain text or a page; `body` is copied. */
enum MHD_Result mcp_http_answer_text(struct mcp_http_connection *connection, unsigned status,
                                     const char *content_type, struct mcp_str body);

/* A finished reply; takes answer->body. */
enum MHD_Result mcp_http_answer_reply(struct mcp_http_connection *connection,
                                      const struct mcp_http_answer *answer);

/* The head of an event stream, whose bytes `read` gives. */
enum MHD_Result mcp_http_answer_stream(struct mcp_http_connection *connection,
                                       MHD_ContentReaderCallback read);

/* The shared 202 without a body; NULL when memory is short. */
struct MHD_Response *mcp_http_answer_new_accepted(void);

#endif
