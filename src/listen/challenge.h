/* SPDX-License-Identifier: MIT */
/* challenge.h - what a refused bearer is told to do. Layer: listen. Includes: base. */
#ifndef MCP_CHALLENGE_H
#define MCP_CHALLENGE_H

#include "mcp/buf.h"

/* NULL and empty: not told. */
struct mcp_challenge {
    const char *error;        /* "invalid_token" */
    const char *description;  /* one line for the developer of the client */
    struct mcp_str scopes;    /* to ask for, with a space between them */
    const char *metadata_url; /* of the protected resource's metadata */
};

/* Append the value of WWW-Authenticate: Bearer error="...", scope="...". Quotes and backslashes are
 * escaped, bytes outside printable ASCII left out. spec: RFC 6750 section 3, RFC 9728 section 5.1
 */
void mcp_challenge_write(struct mcp_buf *out, const struct mcp_challenge *challenge);

#endif
