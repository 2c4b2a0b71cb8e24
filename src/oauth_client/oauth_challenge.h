/* SPDX-License-Identifier: MIT */
/* oauth_challenge.h - what a server asks for when it refuses a request. Layer: oauth_client.
 * Includes: json. */
#ifndef MCP_OAUTH_CHALLENGE_H
#define MCP_OAUTH_CHALLENGE_H

#include "mcp/json.h"

enum {
    MCP_OAUTH_CHALLENGE_MAX_BYTES = 8192, /* of the header's value; longer ones say nothing */
    MCP_OAUTH_CHALLENGE_MAX_PARAMETERS = 32
};

/*
 * The parameters of the first Bearer challenge among those of a WWW-Authenticate value.
 *
 *   in      header  several headers are joined by ", "
 *   out     *out_parameters  a new object: names in lower case, values unquoted; of a name that
 *                            comes twice the first. Without a Bearer challenge, or when the value
 *                            is malformed up to there, it is empty: the server only said no.
 *   errors  NOMEM
 *   spec    RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9728 section 5.1
 */
enum mcp_code mcp_oauth_challenge_parse(struct mcp_str header, json_t **out_parameters,
                                        struct mcp_err *err) MCP_CHECK;

#endif
