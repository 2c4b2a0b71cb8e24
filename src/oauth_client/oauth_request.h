/* SPDX-License-Identifier: MIT */
/* oauth_request.h - what is sent to an authorization server. Layer: oauth_client. Includes: json.
 */
#ifndef MCP_OAUTH_REQUEST_H
#define MCP_OAUTH_REQUEST_H

#include "mcp/json.h"

enum { MCP_OAUTH_REQUEST_MAX_BYTES = 64 << 10 /* of a body, or of the URL a person opens */ };

/* How a client proves who it is at the token endpoint. */
enum mcp_oauth_method {
    MCP_OAUTH_METHOD_NONE,
    MCP_OAUTH_METHOD_BASIC, /* client_secret_basic */
    MCP_OAUTH_METHOD_POST,  /* client_secret_post */
    MCP_OAUTH_METHOD_JWT    /* private_key_jwt */
};

struct mcp_oauth_field {
    const char *name;
    const char *value; /* NULL: left out */
};

/* Append "a=1&b=2", form-encoded; nothing when every field is left out. `out` remembers failures.
 */
void mcp_oauth_request_form(const struct mcp_oauth_field *fields, size_t count,
                            struct mcp_buf *out);

/* Append `endpoint` and the fields as (more of) its query. */
void mcp_oauth_request_url(const char *endpoint, const struct mcp_oauth_field *fields, size_t count,
                           struct mcp_buf *out);

/* Append "Basic ..." of a client's id and secret, each form-encoded first. spec: RFC 6749 section
 * 2.3.1. errors: NOMEM, LIMIT */
enum mcp_code mcp_oauth_request_basic(const char *id, const char *secret, struct mcp_buf *out,
                                      struct mcp_err *err) MCP_CHECK;

/*
 * The method to use.
 *
 *   in      offered     methods the server takes: array of names; NULL: it does not say, which
 *                       means client_secret_basic, or a key for who has one
 *           registered  the method this client was registered for; NULL: none in particular
 *           has_secret, has_key  what the client can prove itself with
 *   errors  UNSUPPORTED  none that both know
 *   spec    RFC 8414 section 2, RFC 7591 section 2
 */
enum mcp_code mcp_oauth_request_choose(const json_t *offered, const char *registered,
                                       bool has_secret, bool has_key,
                                       enum mcp_oauth_method *out_method,
                                       struct mcp_err *err) MCP_CHECK;

/* The name of the method to register for: one for public clients when offered, else with a secret.
 * errors: UNSUPPORTED */
enum mcp_code mcp_oauth_request_choose_registered(const json_t *offered, const char **out_name,
                                                  struct mcp_err *err) MCP_CHECK;

struct mcp_oauth_registration {
    const char *client_name;
    const char *redirect_uri;
    const char *method; /* token_endpoint_auth_method */
    const char *scope;  /* NULL or "": left out */
};

/* Append the body that registers a native client. spec: RFC 7591 section 2. errors: NOMEM, LIMIT */
enum mcp_code mcp_oauth_request_registration(const struct mcp_oauth_registration *registration,
                                             struct mcp_buf *out, struct mcp_err *err) MCP_CHECK;

#endif
