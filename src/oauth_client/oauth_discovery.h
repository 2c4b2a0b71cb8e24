/* SPDX-License-Identifier: MIT */
/* oauth_discovery.h - which metadata documents to ask for, and what they may say. Layer:
 * oauth_client. Includes: json. */
#ifndef MCP_OAUTH_DISCOVERY_H
#define MCP_OAUTH_DISCOVERY_H

#include "mcp/json.h"

enum {
    MCP_OAUTH_DISCOVERY_MAX_BYTES = 64 << 10, /* of a document */
    MCP_OAUTH_DISCOVERY_MAX_ISSUERS = 16,     /* of a resource */
    MCP_OAUTH_DISCOVERY_MAX_URLS = 3
};

/*
 * Where the server's resource metadata may be, in the order to ask: the URL its challenge names
 * and no other, or the well-known one with the server's path, then the one without.
 *
 *   in      challenge_url  resource_metadata of the challenge; NULL: none
 *   out     *out_urls  a new array of 1 to 2 texts
 *   errors  DENIED  the challenge names a URL that must not be asked
 *           SYNTAX, LIMIT, NOMEM
 *   spec    RFC 9728 sections 3.1 and 5.1
 */
enum mcp_code mcp_oauth_discovery_resource_urls(const char *server_url, const char *challenge_url,
                                                json_t **out_urls, struct mcp_err *err) MCP_CHECK;

/* Where the metadata of an authorization server may be: 2 or, for an issuer with a path, 3 URLs.
 * errors as above. spec: RFC 8414 section 3.1, OpenID Connect Discovery 1.0 section 4 */
enum mcp_code mcp_oauth_discovery_server_urls(const char *issuer, bool allows_local,
                                              json_t **out_urls, struct mcp_err *err) MCP_CHECK;

/*
 * Judge a resource metadata document. Whether the resource covers the server is another question:
 * mcp_oauth_url_covers.
 *
 *   out     *out_resource  {"resource", "issuers": [...], "scope"?}; scope: scopes_supported,
 * joined errors  PEER    not a JSON object of that form, no authorization server in it DENIED  it
 * is about a resource that does not cover the server's URL LIMIT, NOMEM spec    RFC 9728 sections 2
 * and 3.3
 */
enum mcp_code mcp_oauth_discovery_judge_resource(struct mcp_str body, json_t **out_resource,
                                                 struct mcp_err *err) MCP_CHECK;

struct mcp_oauth_discovery_wanted {
    const char *issuer; /* must be the document's, byte for byte */
    bool allows_local;  /* as for mcp_oauth_url_check */
    bool needs_code;    /* a person will authorize: endpoint and PKCE with S256 are required */
};

/*
 * Judge the metadata of an authorization server.
 *
 *   out     *out_server  {"issuer", "token_endpoint", "authorization_endpoint"?,
 *                        "registration_endpoint"?, "scopes"?: TEXT, "auth_methods"?: [...],
 *                        "names_issuer": BOOL, "takes_document_ids": BOOL}
 *   errors  PEER         not of that form, or an endpoint is missing
 *           DENIED       another issuer; an endpoint where credentials must not go
 *           UNSUPPORTED  no PKCE with S256
 *           LIMIT, NOMEM
 *   spec    RFC 8414 sections 2 and 3.3, RFC 9207 section 3
 */
enum mcp_code mcp_oauth_discovery_judge_server(struct mcp_str body,
                                               const struct mcp_oauth_discovery_wanted *wanted,
                                               json_t **out_server, struct mcp_err *err) MCP_CHECK;

#endif
