/* SPDX-License-Identifier: MIT */
/* http_error.h - what a failed exchange means to a person. Layer: dial. Includes: base. */
#ifndef MCP_HTTP_ERROR_H
#define MCP_HTTP_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "mcp/buf.h"

enum { MCP_HTTP_ORIGIN_BYTES = 128 };

/* "https://host:8080" of an absolute URL, cut to fit; "" when it is none. No user, path or query:
 * those may hold secrets. */
void mcp_http_origin(struct mcp_str url, char out[MCP_HTTP_ORIGIN_BYTES]);

/* Record what an HTTP status means for a request; the body may explain ({"error":{"message"}}, or
 * plain text). 401 and 403 are DENIED, 404 NOT_FOUND, others PEER. Returns the code. */
enum mcp_code mcp_http_status_failure(long status, struct mcp_str body, struct mcp_err *err);

/* Record a redirect of `url` to `location`: DENIED, naming the target's origin. */
enum mcp_code mcp_http_redirect_failure(long status, const char *url, const char *location,
                                        struct mcp_err *err);

/* Record why libcurl gave up. `detail` is its own message, may be empty; `is_connected` tells the
 * phases apart; timeout_ms is the bound that passed, 0 when unknown. Returns the code. */
enum mcp_code mcp_http_curl_failure(int curl_code, const char *detail, bool is_connected,
                                    uint64_t timeout_ms, struct mcp_err *err);

#endif
