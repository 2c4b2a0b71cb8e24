/* SPDX-License-Identifier: MIT */
/* oauth_flow.h - one authorization, from the challenge to the token. Layer: oauth_client. Includes:
 * json. */
#ifndef MCP_OAUTH_FLOW_H
#define MCP_OAUTH_FLOW_H

#include "mcp/json.h"
#include "oauth_client/oauth_pkce.h"

enum {
    MCP_OAUTH_FLOW_MAX_FETCHES = 12, /* of one flow */
    MCP_OAUTH_FLOW_MARGIN_S = 30     /* a token that ends within this is not used any more */
};

enum mcp_oauth_grant {
    MCP_OAUTH_GRANT_CODE,    /* a person authorizes */
    MCP_OAUTH_GRANT_CLIENT,  /* client_credentials: the client acts for itself */
    MCP_OAUTH_GRANT_IDENTITY /* a person's identity provider gives a grant for the server */
};

/* Append a signed assertion that the client is who it says, for `audience`. */
typedef enum mcp_code(mcp_oauth_assert_fn)(void *user, const char *client_id, const char *audience,
                                           struct mcp_buf *out, struct mcp_err *err);

/* Append the ID token of a person, from their identity provider. */
typedef enum mcp_code(mcp_oauth_id_token_fn)(void *user, struct mcp_buf *out, struct mcp_err *err);

/* What the operator decided. Texts are borrowed; NULL: not given. */
struct mcp_oauth_settings {
    enum mcp_oauth_grant grant;
    const char *server_url;
    const char *issuer; /* the only one to be used */
    const char *client_id;
    const char *client_secret;
    mcp_oauth_assert_fn *sign; /* private_key_jwt; NULL: no key */
    void *sign_user;
    const char *idp_token_endpoint;  /* of the identity provider; this and below: for that grant */
    const char *idp_client_id;       /* what the ID token was given to */
    const char *idp_client_secret;   /* NULL: that client has none */
    mcp_oauth_id_token_fn *id_token; /* asked whenever a grant is needed */
    void *id_token_user;
    const char *client_id_url; /* of our client metadata document */
    const char *client_name;   /* to register with */
    const char *redirect_uri;  /* fixed; NULL: any port of this machine */
    const char *scope;         /* instead of what the server asks for first */
    bool has_person;           /* somebody can be asked */
};

/* Why it begins. */
struct mcp_oauth_start {
    struct mcp_str challenge;  /* WWW-Authenticate; empty: none */
    bool is_step_up;           /* 403: the token is good but allows too little */
    const char *refused_token; /* NULL: none was sent */
    const char *held_scope;    /* what was asked for with that token; NULL: nothing known */
    unsigned char state_random[MCP_OAUTH_PKCE_RANDOM_BYTES];
    unsigned char verifier_random[MCP_OAUTH_PKCE_RANDOM_BYTES];
};

enum mcp_oauth_effect_kind {
    MCP_OAUTH_EFFECT_FETCH,   /* then mcp_oauth_flow_fetched */
    MCP_OAUTH_EFFECT_LOAD,    /* the record of `issuer`, then mcp_oauth_flow_loaded */
    MCP_OAUTH_EFFECT_RECEIVE, /* listen on redirect_uri, or when NULL on some port, then
                                 mcp_oauth_flow_receiving */
    MCP_OAUTH_EFFECT_ASK,     /* show `url` to a person, then mcp_oauth_flow_redirected */
    MCP_OAUTH_EFFECT_DONE     /* mcp_oauth_flow_token is there */
};

/* What is to be done next. Texts live until the flow is told the outcome. */
struct mcp_oauth_effect {
    enum mcp_oauth_effect_kind kind;
    const char *method; /* "GET" or "POST" */
    const char *url;
    struct mcp_str body;
    const char *content_type;  /* NULL: no body */
    const char *authorization; /* value of the header; NULL: none */
    bool is_configured;        /* the operator named the URL: it may be of a private network */
    const char *issuer;
    const char *redirect_uri;
    bool may_change_redirect_uri; /* it is that of an earlier registration */
};

/*
 * Metadata of the resource, metadata of its authorization server, what is kept of that; then a kept
 * token that nobody refused, a refresh, an authorization with PKCE after the client registered if
 * it must, or the grant of an identity provider. Each call returns the next effect, or the failure
 * the flow ends with.
 *
 *   errors  DENIED       a document or answer that must not be trusted, a refusal, or nobody to ask
 *           NOT_FOUND    no metadata anywhere, or no way to become a client
 *           UNSUPPORTED  no PKCE, no common way to authenticate
 *           PEER, LIMIT, INVALID, NOMEM
 *   spec    MCP 2026-07-28 basic/authorization, OAuth 2.1; for identity providers the extension
 *           enterprise-managed-authorization, RFC 8693 and RFC 7523 section 2.1
 */
struct mcp_oauth_flow;

/* `settings` is borrowed; the texts of `start` are copied. */
enum mcp_code mcp_oauth_flow_new(const struct mcp_oauth_settings *settings,
                                 const struct mcp_oauth_start *start,
                                 struct mcp_oauth_flow **out_flow, struct mcp_err *err) MCP_CHECK;
void mcp_oauth_flow_free(struct mcp_oauth_flow *flow);

enum mcp_code mcp_oauth_flow_begin(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out_effect,
                                   struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_oauth_flow_fetched(struct mcp_oauth_flow *flow, long status, struct mcp_str body,
                                     int64_t now_s, struct mcp_oauth_effect *out_effect,
                                     struct mcp_err *err) MCP_CHECK;
/* `record`: see oauth_record.h; copied; NULL: nothing is kept. */
enum mcp_code mcp_oauth_flow_loaded(struct mcp_oauth_flow *flow, const json_t *record,
                                    int64_t now_s, struct mcp_oauth_effect *out_effect,
                                    struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_oauth_flow_receiving(struct mcp_oauth_flow *flow, const char *redirect_uri,
                                       struct mcp_oauth_effect *out_effect,
                                       struct mcp_err *err) MCP_CHECK;
/* STATE: the redirect is not of this flow, which goes on waiting. */
enum mcp_code mcp_oauth_flow_redirected(struct mcp_oauth_flow *flow, struct mcp_str query,
                                        struct mcp_oauth_effect *out_effect,
                                        struct mcp_err *err) MCP_CHECK;

/* Borrowed. NULL: not known yet; of the client: it is not a new registration. */
const char *mcp_oauth_flow_issuer(const struct mcp_oauth_flow *flow);
const json_t *mcp_oauth_flow_client(const struct mcp_oauth_flow *flow);
const json_t *mcp_oauth_flow_token(const struct mcp_oauth_flow *flow); /* as in a record */

#endif
