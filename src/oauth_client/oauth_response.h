/* SPDX-License-Identifier: MIT */
/* oauth_response.h - what an authorization server answers. Layer: oauth_client. Includes: json. */
#ifndef MCP_OAUTH_RESPONSE_H
#define MCP_OAUTH_RESPONSE_H

#include "mcp/json.h"

enum {
    MCP_OAUTH_RESPONSE_MAX_BYTES = 256 << 10, /* of an answer */
    MCP_OAUTH_TOKEN_MAX_BYTES = 16 << 10,     /* of a token, a client's id or secret */
    MCP_OAUTH_TOKEN_MAX_S = 10 * 365 * 86400  /* a longer life is cut to this */
};

/*
 * Judge the token endpoint's answer.
 *
 *   in      now_s  seconds since 1970
 *   out     *out_token  {"access_token", "refresh_token"?, "expires_at"?: seconds since 1970}
 *   errors  DENIED  the server says why not: "invalid_grant: ...", from its JSON error
 *           PEER    no answer of this kind: the status, or the form; a token that no header may
 * have LIMIT, NOMEM spec    RFC 6749 sections 5.1 and 5.2
 */
enum mcp_code mcp_oauth_response_judge_token(long status, struct mcp_str body, int64_t now_s,
                                             json_t **out_token, struct mcp_err *err) MCP_CHECK;

/*
 * Judge an identity provider's answer to a token exchange.
 *
 *   out     out_grant  appended on success: what is shown to the authorization server
 *   errors  as above
 *   spec    RFC 8693 section 2.2
 */
enum mcp_code mcp_oauth_response_judge_grant(long status, struct mcp_str body,
                                             struct mcp_buf *out_grant,
                                             struct mcp_err *err) MCP_CHECK;

/* The "error" of a JSON error answer is `name`. */
bool mcp_oauth_response_is_error(struct mcp_str body, const char *name);

/*
 * Judge the registration endpoint's answer.
 *
 *   out     *out_client  {"id", "secret"?, "method"?}
 *   errors  as above
 *   spec    RFC 7591 sections 3.2.1 and 3.2.2
 */
enum mcp_code mcp_oauth_response_judge_client(long status, struct mcp_str body, json_t **out_client,
                                              struct mcp_err *err) MCP_CHECK;

struct mcp_oauth_redirect_wanted {
    const char *state;
    const char *issuer;
    bool names_issuer; /* the issuer's metadata promise the parameter `iss` */
};

/*
 * Judge where the browser was sent.
 *
 *   in      query  of the redirect URI, without '?'
 *   out     out_code  appended on success
 *   errors  STATE   it does not belong to this authorization: go on waiting
 *           DENIED  it comes from another issuer, or none is named though promised: nothing else
 *                   of it was looked at; or the error it reports
 *           PEER    neither a code nor an error
 *           LIMIT, NOMEM
 *   spec    RFC 6749 section 4.1.2, RFC 9207 section 2.4
 */
enum mcp_code mcp_oauth_response_judge_redirect(struct mcp_str query,
                                                const struct mcp_oauth_redirect_wanted *wanted,
                                                struct mcp_buf *out_code,
                                                struct mcp_err *err) MCP_CHECK;

#endif
