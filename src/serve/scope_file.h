/* SPDX-License-Identifier: MIT */
/* scope_file.h - the file that says which scopes a request takes. Layer: serve. Includes: json
 * oauth. */
#ifndef SERVE_SCOPE_FILE_H
#define SERVE_SCOPE_FILE_H

#include "oauth/scope_policy.h"

enum { SERVE_MAX_SCOPE_FILE_BYTES = 262144 };

/*
 * {"rules": [{"method": "tools/call", "name": "execute_query", "scopes": "db:read"}],
 *  "includes": [{"scope": "db:admin", "scopes": "db:read"}]}
 *
 * as oauth_scope_policy_new takes them; name and includes may be absent, other members may not be
 * there.
 *
 *   out     *out_policy  free with oauth_scope_policy_free
 *   errors  err->where is the place in it: "/rules/3/scopes"
 *           SYNTAX, SCHEMA, NOMEM; LIMIT, INVALID as oauth_scope_policy_new
 */
enum mcp_code serve_scopes_parse(struct mcp_str text, struct oauth_scope_policy **out_policy,
                                 struct mcp_err *err) MCP_CHECK;

/* The same of a file, whose path comes first in err->where; IO, NOT_FOUND. */
enum mcp_code serve_scopes_read(const char *path, struct oauth_scope_policy **out_policy,
                                struct mcp_err *err) MCP_CHECK;

#endif
