/* SPDX-License-Identifier: MIT */
/* authorizer.h - OAuth access to a server that is dialled. Layer: dial. Includes: dial. */
#ifndef MCP_AUTHORIZER_H
#define MCP_AUTHORIZER_H

#include "mcp/dial.h"

#ifdef __cplusplus
extern "C" {
#endif

enum mcp_authorizer_grant {
    MCP_AUTHORIZER_CODE,    /* a person authorizes, in a browser */
    MCP_AUTHORIZER_CLIENT,  /* client_credentials: this client acts for itself */
    MCP_AUTHORIZER_IDENTITY /* the identity provider of a person who is signed in gives a grant
                               (enterprise-managed authorization, ID-JAG) */
};

/* Texts are copied; NULL: not given. */
struct mcp_authorizer_options {
    enum mcp_authorizer_grant grant;
    const char *server_url; /* of the server as it is dialled */
    const char *issuer;     /* the only authorization server to be used */
    const char *client_id;  /* of a client that is registered already */
    const char *client_secret;
    /* Instead of a secret (private_key_jwt): a private key, PEM without a password; EC with P-256,
     * P-384 or P-521, RSA of 2048 bits or more, or Ed25519. At most 16 KiB */
    const char *client_key;
    const char *client_id_url; /* https URL of a client metadata document that describes us */
    const char *client_name;   /* to register with; "mcp-orchestra" */
    const char *redirect_uri; /* http to this machine; http://127.0.0.1/callback: a port is found */
    const char *scope;        /* to ask for first, instead of what the server wants */
    const char *store_dir;    /* where tokens and registrations are kept; NULL: in memory only */
    const char *ca_file;      /* as in mcp_dial_target, for the authorization server */
    uint64_t person_timeout_ms; /* 0: 300,000 */
    /* Show the URL to a person, who opens it in a browser. It is https, or http to this machine,
     * and has no control characters; it must not be given to a shell. Called on the loop's thread;
     * NULL: nobody can be asked, so only what is stored is used */
    void (*on_url)(void *user, const char *url);
    /* MCP_AUTHORIZER_IDENTITY, which also wants the client_id at the authorization server: where
     * the identity provider exchanges tokens (https, or http to this machine), and the client that
     * the ID token was given to */
    const char *idp_token_endpoint;
    const char *idp_client_id;
    const char *idp_client_secret; /* NULL: that client has none */
    /* Append the person's ID token. Called whenever a grant is needed, on the loop's thread, where
     * it must not wait; its failure is that of the requests that wait for a token */
    enum mcp_code (*on_id_token)(void *user, struct mcp_buf *out, struct mcp_err *err);
    void *user;
};

/*
 * Gets tokens for one server: when it refuses a request, and when a token has ended. Any number of
 * connections to that server may share it; they wait for one authorization at a time.
 *
 *   errors of requests that wait for it
 *           DENIED       refused by a person, the server or the authorization server; or nobody can
 *                        be asked; or metadata that must not be trusted; or a server of the public
 *                        internet names something in a private network
 *           NOT_FOUND    no metadata; no way to become a client
 *           UNSUPPORTED  no PKCE, no common way to authenticate
 *           TIMEOUT      nobody authorized in time
 *           PEER, LIMIT, IO, NOMEM
 *   spec    MCP 2026-07-28 and 2025-11-25, basic/authorization
 */
struct mcp_authorizer;

/* errors: INVALID a URL or a key that cannot be used, a setting that does not fit the others; LIMIT
 * a key that is too long; NOMEM. thread: any */
enum mcp_code mcp_authorizer_new(struct mcp_loop *loop,
                                 const struct mcp_authorizer_options *options,
                                 struct mcp_authorizer **out_authorizer,
                                 struct mcp_err *err) MCP_CHECK;

/* Let go of it, from any thread; before the loop is freed. Connections that were given it keep it
 * until they are closed. An authorization under way ends. */
void mcp_authorizer_free(struct mcp_authorizer *authorizer);

/*
 * A browser on another machine cannot reach the redirect URI: what it shows in its address bar may
 * be given here instead. Blocks until the loop looked at it.
 *
 *   errors  STATE  it does not belong to an authorization under way, which goes on waiting
 *           NOMEM
 *   thread  any but the loop's
 */
enum mcp_code mcp_authorizer_redirected(struct mcp_authorizer *authorizer, const char *url,
                                        struct mcp_err *err) MCP_CHECK;

#ifdef __cplusplus
}
#endif

#endif
