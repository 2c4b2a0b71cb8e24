/* SPDX-License-Identifier: MIT */
/* authorizer.h - how a link uses an authorizer. Layer: dial. Includes: dial. */
#ifndef MCP_DIAL_AUTHORIZER_H
#define MCP_DIAL_AUTHORIZER_H

#include "dial/loop.h"
#include "mcp/authorizer.h"

struct mcp_authorizer *mcp_authorizer_ref(struct mcp_authorizer *authorizer); /* NULL for NULL */

/* All below: the loop's thread only. */

/* A message that waits for a token. Zeroed except fn and user. */
struct mcp_authorizer_wait {
    struct mcp_authorizer_wait *prev;
    struct mcp_authorizer_wait *next;
    bool is_waiting;
    unsigned round;                                    /* of the authorization it waits for */
    void (*fn)(void *user, const struct mcp_err *err); /* err->code OK: try again */
    void *user;
};

/* The token to send; NULL: none. *out_serial stands for it, 0 for none. */
const char *mcp_authorizer_token(const struct mcp_authorizer *authorizer, uint64_t *out_serial);

/* A message must wait before it is sent: an authorization is under way, or the token has ended. */
bool mcp_authorizer_must_wait(const struct mcp_authorizer *authorizer);

/* A status that an authorizer can do something about. */
bool mcp_authorizer_takes(long status, const char *challenge);

/* What a server said to a message that had the token of `serial`. All 0 and NULL: nothing yet. */
struct mcp_authorizer_refusal {
    long status;
    const char *challenge; /* WWW-Authenticate; NULL: none */
    uint64_t serial;
    bool is_public; /* it came from an address of the public internet */
};

/* Wait for a token that was not refused; one is got unless that is under way. `wait->fn` is called
 * later, never from inside. */
void mcp_authorizer_ask(struct mcp_authorizer *authorizer,
                        const struct mcp_authorizer_refusal *refusal,
                        struct mcp_authorizer_wait *wait);

/* Wait no more. */
void mcp_authorizer_forget(struct mcp_authorizer *authorizer, struct mcp_authorizer_wait *wait);

#endif
