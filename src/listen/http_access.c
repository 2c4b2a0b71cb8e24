/* SPDX-License-Identifier: MIT */
/* http_access.c - see http_access.h. Pure: no I/O, no clock, no log. */
#include "listen/http_access.h"

#include <string.h>

_Static_assert(MCP_BEARER_MAX_NAME < MCP_HTTP_PRINCIPAL_BYTES, "every name fits");

bool mcp_http_access_is_needed(const struct mcp_http_policy *policy) {
    return mcp_bearers_count(policy->bearers) > 0;
}

/* RFC 6750 section 3: the error is named only when a token was there to be wrong. */
static struct mcp_http_verdict refuse(bool has_token) {
    return (struct mcp_http_verdict){
        .status = 401,
        .text = has_token ? "the token is not valid"
                          : "a token is needed: send Authorization: Bearer TOKEN",
        .challenge = has_token ? "Bearer error=\"invalid_token\"" : "Bearer"};
}

struct mcp_http_verdict mcp_http_access_check(const struct mcp_http_policy *policy,
                                              struct mcp_http_facts *facts) {
    struct mcp_str token = {"", 0};
    if (!mcp_http_access_is_needed(policy))
        return (struct mcp_http_verdict){0};
    if (!mcp_http_bearer(facts->value[MCP_HTTP_AUTHORIZATION], &token))
        return refuse(false);
    const char *name = mcp_bearers_find(policy->bearers, token, facts->digest);
    if (name == NULL)
        return refuse(true);
    memcpy(facts->principal, name, strlen(name) + 1);
    facts->is_bearer = true;
    return (struct mcp_http_verdict){0};
}

bool mcp_http_access_still(const struct mcp_http_policy *policy,
                           const struct mcp_http_facts *facts) {
    return !facts->is_bearer || mcp_bearers_hold(policy->bearers, facts->principal, facts->digest);
}
