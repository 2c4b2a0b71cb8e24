/* SPDX-License-Identifier: MIT */
/* http_headers.h - the headers of a request to an MCP server. Layer: dial. Includes: target. */
#ifndef MCP_HTTP_HEADERS_H
#define MCP_HTTP_HEADERS_H

#include <curl/curl.h>

#include "dial/target.h"

/* NULL or "" leaves a header out. */
struct mcp_http_extra {
    bool has_body;            /* Content-Type: application/json */
    const char *accept;       /* media types */
    const char *session_id;   /* Mcp-Session-Id */
    const char *version;      /* MCP-Protocol-Version */
    const char *last_id;      /* Last-Event-ID */
    const char *token;        /* Authorization: Bearer */
    const char *const *lines; /* more, "Name: value", NULL at the end; NULL: none */
};

/* The target's headers and these. Release with curl_slist_free_all. errors: NOMEM; INVALID a value
 * that could split the request. */
enum mcp_code mcp_http_headers(const struct mcp_target *target, const struct mcp_http_extra *extra,
                               struct curl_slist **out_headers, struct mcp_err *err) MCP_CHECK;

#endif
