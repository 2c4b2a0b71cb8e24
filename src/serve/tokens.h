/* SPDX-License-Identifier: MIT */
/* tokens.h - the token file: who may call. Layer: serve. Includes: listen. */
#ifndef SERVE_TOKENS_H
#define SERVE_TOKENS_H

#include "mcp/listen.h"

enum {
    SERVE_MAX_TOKENS = 64,
    SERVE_MIN_TOKEN_BYTES = 16,
    SERVE_MAX_TOKEN_BYTES = 4096,
    SERVE_MAX_NAME_BYTES = 255
};

/* Principals and their tokens; owns its text. Zero is the empty list. */
struct serve_tokens {
    struct mcp_bearer rows[SERVE_MAX_TOKENS];
    size_t count;
    char *text;
};

/*
 * One token a line: `name:token`, or a token alone, which is named token1, token2, ... Empty lines
 * and lines that begin with # are skipped; white space around a line is not part of it.
 *
 *   errors  SYNTAX  a token shorter than 16 or longer than 4096 bytes, or with a byte that cannot
 *                   stand in a header; a name used twice or longer than 255 bytes. err->where is
 * "line 3"; the token is never shown LIMIT   more than 64 SCHEMA  no token at all
 */
enum mcp_code serve_tokens_parse(struct mcp_str text, struct serve_tokens *out_tokens,
                                 struct mcp_err *err) MCP_CHECK;
void serve_tokens_deinit(struct serve_tokens *tokens);

/* Read the file; refuses one that others than its owner may read (mode 0600 or 0400). The tokens
 * are hidden from logs. errors: as parse; NOT_FOUND, IO; DENIED for the mode. */
enum mcp_code serve_tokens_read(const char *path, struct serve_tokens *out_tokens,
                                struct mcp_err *err) MCP_CHECK;

#endif
