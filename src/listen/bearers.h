/* SPDX-License-Identifier: MIT */
/* bearers.h - the static tokens: who has which. Layer: listen. Includes: base. */
#ifndef MCP_BEARERS_H
#define MCP_BEARERS_H

#include "mcp/listen.h"

#define MCP_BEARERS_MAX         1024
#define MCP_BEARER_MIN_BYTES    16  /* of a token */
#define MCP_BEARER_MAX_NAME     255 /* bytes of a name */
#define MCP_BEARER_DIGEST_BYTES 32

/* Immutable and counted (atomically): replaced whole, never changed. Keeps digests, no tokens. */
struct mcp_bearers;

/* errors: INVALID a row without a name or with a token shorter than 16 bytes, "/bearers/1";
 * LIMIT more than 1024 rows, or a name longer than 255 bytes. */
enum mcp_code mcp_bearers_check(const struct mcp_bearer *rows, size_t count,
                                struct mcp_err *err) MCP_CHECK;

/* Copy the rows, count 1. errors: as check; NOMEM. */
enum mcp_code mcp_bearers_new(const struct mcp_bearer *rows, size_t count,
                              struct mcp_bearers **out_bearers, struct mcp_err *err) MCP_CHECK;
struct mcp_bearers *mcp_bearers_ref(struct mcp_bearers *bearers); /* NULL for NULL */
void mcp_bearers_unref(struct mcp_bearers *bearers);              /* NULL is a no-op */

size_t mcp_bearers_count(const struct mcp_bearers *bearers); /* 0 for NULL */

/*
 * Whose token is it? Takes equally long for every token of a length, right, nearly right or wrong.
 *
 *   out     out_digest  of the token, in every case
 *   returns the name, which lives as long as `bearers`; NULL when it is nobody's
 */
const char *mcp_bearers_find(const struct mcp_bearers *bearers, struct mcp_str token,
                             unsigned char out_digest[MCP_BEARER_DIGEST_BYTES]);

/* The token with that digest is among them, and has this name. */
bool mcp_bearers_hold(const struct mcp_bearers *bearers, const char *name,
                      const unsigned char digest[MCP_BEARER_DIGEST_BYTES]);

#endif
