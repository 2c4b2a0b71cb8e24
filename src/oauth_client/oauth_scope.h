/* SPDX-License-Identifier: MIT */
/* oauth_scope.h - lists of scopes. Layer: oauth_client. Includes: base. */
#ifndef MCP_OAUTH_SCOPE_H
#define MCP_OAUTH_SCOPE_H

#include "mcp/buf.h"

enum { MCP_OAUTH_SCOPE_MAX_BYTES = 4096 /* of a list, with the spaces */ };

/* Every scope of `wanted` is in `held`; lists are texts with spaces between the scopes. */
bool mcp_oauth_scope_has_all(struct mcp_str held, struct mcp_str wanted);

/* Append those of `more` that `list` (what is appended to) does not hold yet, in order; bytes that
 * no scope may have are left out with their scope. `list` remembers LIMIT and NOMEM. spec: RFC 6749
 * section 3.3 */
void mcp_oauth_scope_add(struct mcp_buf *list, struct mcp_str more);

#endif
