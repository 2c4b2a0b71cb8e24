/* SPDX-License-Identifier: MIT */
/* token_cache.h - tokens that were judged good, so that they need not be again. Layer: oauth.
 * Includes: base. */
#ifndef OAUTH_TOKEN_CACHE_H
#define OAUTH_TOKEN_CACHE_H

#include <stddef.h>

#include "oauth/jwt_claims.h"

enum {
    OAUTH_CACHE_DIGEST_BYTES = 32,
    OAUTH_CACHE_WAYS = 4, /* entries a token may have */
    OAUTH_CACHE_MAX_ROWS = 65536
};

/*
 * Keeps claims by the SHA-256 of the token and no token. The digest is not keyed: only tokens with
 * a right signature are put in, so nobody can choose what collides, and whoever reads the memory
 * learns nothing from a digest of what nobody can guess.
 *
 * Bounded: a token has four places, by its digest; when all are taken by others that still count,
 * the one that expires first gives way. Who has good tokens without end can push others out, which
 * then cost a verification again, and nothing else.
 *
 *   owner   the caller empties it whenever keys or rules change
 *   thread  none
 */
struct oauth_token_cache;

/* max_count: 4 to 65536, rounded down to a multiple of 4. errors: NOMEM */
enum mcp_code oauth_token_cache_new(size_t max_count, struct oauth_token_cache **out_cache,
                                    struct mcp_err *err) MCP_CHECK;
void oauth_token_cache_free(struct oauth_token_cache *cache); /* NULL is a no-op */

void oauth_token_cache_digest(struct mcp_str token,
                              unsigned char out_digest[OAUTH_CACHE_DIGEST_BYTES]);

/* What was put there, while it has not expired; borrowed until the next put or clear. NULL: judge
 * it. */
const struct oauth_claims *
oauth_token_cache_get(struct oauth_token_cache *cache,
                      const unsigned char digest[OAUTH_CACHE_DIGEST_BYTES], uint64_t now_s);

/* Keep a copy. When memory is refused it is not kept. */
void oauth_token_cache_put(struct oauth_token_cache *cache,
                           const unsigned char digest[OAUTH_CACHE_DIGEST_BYTES],
                           const struct oauth_claims *claims);

void oauth_token_cache_clear(struct oauth_token_cache *cache);
size_t oauth_token_cache_count(const struct oauth_token_cache *cache);

#endif
