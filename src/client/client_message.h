/* SPDX-License-Identifier: MIT */
/* client_message.h - a message to the server, and what HTTP says of it. Layer: client. Includes:
 * protocol. */
#ifndef MCP_CLIENT_MESSAGE_H
#define MCP_CLIENT_MESSAGE_H

#include "client/client_core.h"
#include "protocol/header_codec.h"

enum {
    MCP_CLIENT_MAX_HEADER_BYTES = 64 << 10,                 /* all lines together */
    MCP_CLIENT_MAX_HEADER_LINES = MCP_HEADER_MAX_PARAMS + 2 /* and method, and name */
};

struct mcp_client_message {
    struct mcp_link_message out; /* views of what follows */
    struct mcp_buf text;
    struct mcp_buf header_text;
    const char *lines[MCP_CLIENT_MAX_HEADER_LINES + 1];
};

void mcp_client_message_deinit(struct mcp_client_message *message);

/* In what the client speaks now; `params` is borrowed, NULL for none. errors: NOMEM; LIMIT
 * max_message_bytes, or the headers; INVALID a method no header may have. */
enum mcp_code mcp_client_message_request(const struct mcp_client *client,
                                         const struct mcp_client_request *request,
                                         const json_t *params, struct mcp_client_message *out,
                                         struct mcp_err *err) MCP_CHECK;
/* errors: and UNSUPPORTED, as modern clients send none over HTTP */
enum mcp_code mcp_client_message_notification(const struct mcp_client *client, const char *method,
                                              const json_t *params, struct mcp_client_message *out,
                                              struct mcp_err *err) MCP_CHECK;

#endif
