/* SPDX-License-Identifier: MIT */
/* authorized.h - one message that may need a token. Layer: dial. Includes: authorizer. */
#ifndef MCP_AUTHORIZED_H
#define MCP_AUTHORIZED_H

#include "dial/authorizer.h"
#include "dial/http_fetch.h"

enum { MCP_AUTHORIZED_MAX_ROUNDS = 3 /* waits for a token without an answer in between */ };

/* Part of a message; zeroed except wait.fn and wait.user. Without an authorizer (NULL everywhere
 * below) nothing of it does anything. Loop thread only. */
struct mcp_authorized {
    struct mcp_authorizer_wait wait; /* fn: begin it again, or end it with the error */
    uint64_t serial;                 /* of the token it was sent with */
    unsigned rounds;
    bool is_public; /* the answer came from the public internet */
    char *challenge;
};

/* Before it is sent: true when it waits instead. */
bool mcp_authorized_holds(struct mcp_authorizer *authorizer, struct mcp_authorized *message);

/* The token to send it with; NULL: none. */
const char *mcp_authorized_token(const struct mcp_authorizer *authorizer,
                                 struct mcp_authorized *message);

/* The head of its answer is known: keeps what a refusal asks for. */
void mcp_authorized_head(const struct mcp_authorizer *authorizer, struct mcp_authorized *message,
                         const struct mcp_fetch *fetch);

/* Its answer came whole: true when it was a refusal and the message waits for another token. */
bool mcp_authorized_is_refused(struct mcp_authorizer *authorizer, struct mcp_authorized *message,
                               long status);

void mcp_authorized_deinit(struct mcp_authorizer *authorizer, struct mcp_authorized *message);

#endif
