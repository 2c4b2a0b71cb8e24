/* SPDX-License-Identifier: MIT */
/* jwk_fit.h - what one key of a set is good for. Layer: oauth. Includes: json. */
#ifndef OAUTH_JWK_FIT_H
#define OAUTH_JWK_FIT_H

#include "mcp/json.h"

/*
 * Which algorithms a JWK serves, one bit (1U << enum oauth_alg) each; none for a key to be skipped.
 *
 *   errors  DENIED  it is private or symmetric; err->where is "/d"
 *           SCHEMA  not an object
 *           NOMEM
 */
enum mcp_code oauth_jwk_fit(const json_t *jwk, unsigned *out_algs, struct mcp_err *err) MCP_CHECK;

#endif
