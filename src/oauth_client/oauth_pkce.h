/* SPDX-License-Identifier: MIT */
/* oauth_pkce.h - proof key of one authorization. Layer: oauth_client. Includes: base. */
#ifndef MCP_OAUTH_PKCE_H
#define MCP_OAUTH_PKCE_H

#include "mcp/buf.h"

enum { MCP_OAUTH_PKCE_RANDOM_BYTES = 32, MCP_OAUTH_PKCE_TEXT_BYTES = 44 /* with the NUL */ };

/* 32 random bytes as 43 characters: a verifier, or a state. spec: RFC 7636 section 4.1 */
void mcp_oauth_pkce_text(const unsigned char random[MCP_OAUTH_PKCE_RANDOM_BYTES],
                         char out[MCP_OAUTH_PKCE_TEXT_BYTES]);

/* The S256 challenge of a verifier. spec: RFC 7636 section 4.2 */
void mcp_oauth_pkce_challenge(const char *verifier, char out[MCP_OAUTH_PKCE_TEXT_BYTES]);

#endif
