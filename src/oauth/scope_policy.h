/* SPDX-License-Identifier: MIT */
/* scope_policy.h - which scopes a request takes. Layer: oauth. Includes: base. */
#ifndef OAUTH_SCOPE_POLICY_H
#define OAUTH_SCOPE_POLICY_H

#include "mcp/buf.h"

enum {
    OAUTH_MAX_SCOPE_RULES = 256,
    OAUTH_MAX_SCOPE_INCLUDES = 64,
    OAUTH_MAX_SCOPE_TEXT_BYTES = 4096 /* of each text of a row */
};

/* A row of the configuration. A request takes the scopes of every row that matches it: rows add up,
 * so none takes back what another asks for. */
struct oauth_scope_rule {
    struct mcp_str method; /* "tools/call"; with '*' at its end whatever begins so: "tools/" "*" */
    struct mcp_str name;   /* of the tool or prompt, or the URI, compared as sent; '*' as above;
                            * empty: whatever it is about, if anything */
    struct mcp_str scopes; /* with spaces between them, at least one */
};

/* Whoever has `scope` has those it includes too, and what these include. */
struct oauth_scope_includes {
    struct mcp_str scope;
    struct mcp_str scopes; /* with spaces between them, at least one */
};

struct oauth_scope_policy; /* immutable */

/*
 *   in      rules     copied; none: no request takes any scope
 *           includes  copied; circles do no harm
 *   out     *out_policy  free with oauth_scope_policy_free
 *   errors  LIMIT    too many rows, or a text too long; err->where is "/rules/3/scopes"
 *           INVALID  a method that is empty, a '*' elsewhere than at the end, no scope, a scope
 *                    that is none of RFC 6749, or "offline_access", which is nothing to a resource
 *           NOMEM
 */
enum mcp_code oauth_scope_policy_new(const struct oauth_scope_rule *rules, size_t rule_count,
                                     const struct oauth_scope_includes *includes,
                                     size_t include_count, struct oauth_scope_policy **out_policy,
                                     struct mcp_err *err) MCP_CHECK;
void oauth_scope_policy_free(struct oauth_scope_policy *policy);
void oauth_scope_policy_freep(struct oauth_scope_policy **policy); /* for MCP_AUTO */

/*
 * May a holder of `granted` (scopes with spaces between them) do this? As mcp_gate asks.
 *
 *   out     out_scopes  when false: appended all scopes the request takes, those that are granted
 *                       included, each once, in the order of the rows; for one challenge
 *   cost    rows times scopes; no allocation but out's
 *   thread  any
 *   spec    RFC 6750 section 3.1
 */
bool oauth_scope_policy_allows(const struct oauth_scope_policy *policy, struct mcp_str granted,
                               struct mcp_str method, struct mcp_str name,
                               struct mcp_buf *out_scopes);

/* Append every scope that some rule asks for, each once, in order: scopes_supported. */
void oauth_scope_policy_list(const struct oauth_scope_policy *policy, struct mcp_buf *out);

#endif
