/* SPDX-License-Identifier: MIT */
/* http_access.c - see http_access.h. Pure: no I/O, no clock, no log. */
#include "listen/http_access.h"

#include <assert.h>
#include <string.h>

_Static_assert(MCP_BEARER_MAX_NAME < MCP_HTTP_PRINCIPAL_BYTES, "every name fits");

bool mcp_http_access_is_needed(const struct mcp_http_policy *policy) {
    return policy->options->authority != NULL || mcp_bearers_count(policy->bearers) > 0;
}

static struct mcp_http_verdict pass(void) {
    return (struct mcp_http_verdict){0};
}

/* RFC 6750 section 3: the error is named only when a token was there to be wrong. */
static struct mcp_http_verdict refuse_newcomer(void) {
    return (struct mcp_http_verdict){.status = 401,
                                     .text = "a token is needed: send Authorization: Bearer TOKEN",
                                     .challenge = "Bearer"};
}

static struct mcp_http_verdict refuse_token(const char *why) {
    return (struct mcp_http_verdict){.status = 401,
                                     .text = why,
                                     .challenge = "Bearer error=\"invalid_token\"",
                                     .error = "invalid_token"};
}

/* "Bearer" and no token, or one with bytes that no token has. */
static bool is_malformed(struct mcp_str authorization) {
    static const struct mcp_str scheme = {"Bearer", 6};
    return authorization.len >= scheme.len &&
           mcp_http_equal_nocase((struct mcp_str){authorization.ptr, scheme.len}, scheme) &&
           (authorization.len == scheme.len || authorization.ptr[scheme.len] == ' ');
}

static struct mcp_http_verdict refuse_other(const struct mcp_http_policy *policy,
                                            struct mcp_str authorization) {
    if (policy->options->authority == NULL || !is_malformed(authorization))
        return refuse_newcomer();
    return (struct mcp_http_verdict){.status = 400,
                                     .text = "what follows Bearer is not a token",
                                     .challenge = "Bearer error=\"invalid_request\"",
                                     .error = "invalid_request"};
}

static void name(struct mcp_http_facts *facts, const char *principal) {
    size_t len = strlen(principal);
    assert(len < sizeof facts->principal);
    memcpy(facts->principal, principal, len + 1);
}

static struct mcp_http_verdict ask_authority(const struct mcp_authority *authority,
                                             struct mcp_str token, struct mcp_http_facts *facts) {
    struct mcp_grant *grant = NULL;
    const char *why = "the token is not valid";
    if (authority == NULL)
        return refuse_token(why);
    switch (authority->admit(authority->user, token, &grant, &why)) {
    case MCP_ADMISSION_GRANTED:
        facts->grant = grant;
        name(facts, grant->principal);
        return pass();
    case MCP_ADMISSION_UNDECIDABLE:
        return (struct mcp_http_verdict){.status = 503, .text = why};
    default:
        return refuse_token(why);
    }
}

struct mcp_http_verdict mcp_http_access_check(const struct mcp_http_policy *policy,
                                              struct mcp_http_facts *facts) {
    struct mcp_str authorization = facts->value[MCP_HTTP_AUTHORIZATION];
    struct mcp_str token = {"", 0};
    if (!mcp_http_access_is_needed(policy))
        return pass();
    if (!mcp_http_bearer(authorization, &token))
        return refuse_other(policy, authorization);
    const char *bearer = NULL;
    if (policy->bearers != NULL)
        bearer = mcp_bearers_find(policy->bearers, token, facts->digest);
    if (bearer == NULL)
        return ask_authority(policy->options->authority, token, facts);
    name(facts, bearer);
    facts->is_bearer = true;
    return pass();
}

bool mcp_http_access_is_over(const struct mcp_http_facts *facts, uint64_t now_ms) {
    return facts->grant != NULL && facts->grant->expires_ms != 0 &&
           now_ms >= facts->grant->expires_ms;
}

bool mcp_http_access_still(const struct mcp_http_policy *policy,
                           const struct mcp_http_facts *facts) {
    return !facts->is_bearer || mcp_bearers_hold(policy->bearers, facts->principal, facts->digest);
}
