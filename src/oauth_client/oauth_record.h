/* SPDX-License-Identifier: MIT */
/* oauth_record.h - what is kept of one authorization server. Layer: oauth_client. Includes: json.
 */
#ifndef MCP_OAUTH_RECORD_H
#define MCP_OAUTH_RECORD_H

#include "mcp/json.h"

enum {
    MCP_OAUTH_RECORD_MAX_BYTES = 1 << 20,
    MCP_OAUTH_RECORD_MAX_TOKENS = 64, /* resources; the one put first goes first */
    MCP_OAUTH_RECORD_NAME_BYTES = 64 + 5 + 1
};

/*
 * {"version": 1, "issuer": TEXT,
 *  "client"?: {"id", "secret"?, "method"?, "redirect_uri"},
 *  "tokens": [{"resource", "access_token", "refresh_token"?, "expires_at"?: seconds, "scope"}]}
 *
 * scope is what was asked for.
 */

/* "<sha256 of the issuer, hexadecimal>.json". */
void mcp_oauth_record_name(const char *issuer, char out[MCP_OAUTH_RECORD_NAME_BYTES]);

/* errors: SCHEMA not such a record, or of another issuer; SYNTAX, NOMEM */
enum mcp_code mcp_oauth_record_parse(struct mcp_str text, const char *issuer, json_t **out_record,
                                     struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_oauth_record_new(const char *issuer, json_t **out_record,
                                   struct mcp_err *err) MCP_CHECK;

/* The token for a resource, borrowed; NULL when there is none. */
const json_t *mcp_oauth_record_token(const json_t *record, const char *resource);

/* Put a token and, unless NULL, a client, in place of those before; both are copied. errors: NOMEM
 */
enum mcp_code mcp_oauth_record_put(json_t *record, const json_t *client, const json_t *token,
                                   struct mcp_err *err) MCP_CHECK;

#endif
