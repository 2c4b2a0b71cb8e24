/* SPDX-License-Identifier: MIT */
/* resource_metadata.h - what a protected resource tells about itself. Layer: oauth. Includes: base.
 */
#ifndef OAUTH_RESOURCE_METADATA_H
#define OAUTH_RESOURCE_METADATA_H

#include "mcp/buf.h"

enum { OAUTH_MAX_ISSUERS = 16, OAUTH_MAX_RESOURCE_BYTES = 2048 /* of each URL */ };

struct oauth_resource {
    struct mcp_str url;            /* "https://mcp.example/mcp", what tokens have in aud */
    const struct mcp_str *issuers; /* URLs of authorization servers */
    size_t issuer_count;           /* 1 to OAUTH_MAX_ISSUERS */
    struct mcp_str scopes;         /* with spaces between them; empty: not told */
    struct mcp_str name;           /* for people; empty: not told */
    struct mcp_str documentation;  /* URL of a page for developers; empty: not told */
};

/*
 * Judge the settings. A URL is https, or http to localhost, 127.0.0.0/8 or ::1; at most 2048 bytes;
 * with a host in lower case, without userinfo and fragment. That of the resource and of an issuer
 * has no query either, and a scheme in lower case, for both are compared byte for byte.
 *
 *   errors  INVALID  err->where is "/url", "/issuers/1", "/scopes" or "/documentation"
 */
enum mcp_code oauth_resource_check(const struct oauth_resource *resource,
                                   struct mcp_err *err) MCP_CHECK;

/*
 * Append the metadata as JSON: resource, authorization_servers, scopes_supported,
 * bearer_methods_supported (header alone), resource_name, resource_documentation.
 *
 *   in      resource  as oauth_resource_check accepts
 *   errors  LIMIT, NOMEM  of out
 *   spec    RFC 9728 section 2
 */
enum mcp_code oauth_resource_write(const struct oauth_resource *resource, struct mcp_buf *out,
                                   struct mcp_err *err) MCP_CHECK;

/*
 * Append where the metadata of a resource with this URL is found: the path alone, for a page
 * ("/.well-known/oauth-protected-resource/mcp"), or the whole URL, for challenges.
 *
 *   errors  INVALID  as oauth_resource_check; LIMIT, NOMEM  of out
 *   spec    RFC 9728 section 3.1
 */
enum mcp_code oauth_resource_path(struct mcp_str url, struct mcp_buf *out,
                                  struct mcp_err *err) MCP_CHECK;
enum mcp_code oauth_resource_metadata_url(struct mcp_str url, struct mcp_buf *out,
                                          struct mcp_err *err) MCP_CHECK;

#endif
