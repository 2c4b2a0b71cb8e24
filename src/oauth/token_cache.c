/* SPDX-License-Identifier: MIT */
/* token_cache.c - see token_cache.h. Pure: no I/O, no clock, no log. */
#include "oauth/token_cache.h"

#include <assert.h>
#include <openssl/sha.h>
#include <string.h>

#include "mcp/alloc.h"

_Static_assert(OAUTH_CACHE_DIGEST_BYTES == SHA256_DIGEST_LENGTH, "one digest");

struct row {
    struct oauth_claims *claims; /* NULL: free */
    unsigned char digest[OAUTH_CACHE_DIGEST_BYTES];
};

struct oauth_token_cache {
    size_t set_count;
    size_t count;
    struct row rows[];
};

enum mcp_code oauth_token_cache_new(size_t max_count, struct oauth_token_cache **out_cache,
                                    struct mcp_err *err) {
    assert(max_count >= OAUTH_CACHE_WAYS && max_count <= OAUTH_CACHE_MAX_ROWS);
    size_t set_count = max_count / OAUTH_CACHE_WAYS;
    struct oauth_token_cache *cache =
        mcp_alloc(sizeof *cache + set_count * OAUTH_CACHE_WAYS * sizeof(struct row));
    if (cache == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    cache->set_count = set_count; /* the rest is zeroed */
    *out_cache = cache;
    return MCP_OK;
}

void oauth_token_cache_free(struct oauth_token_cache *cache) {
    if (cache != NULL)
        oauth_token_cache_clear(cache);
    mcp_free(cache);
}

void oauth_token_cache_digest(struct mcp_str token,
                              unsigned char out_digest[OAUTH_CACHE_DIGEST_BYTES]) {
    (void)SHA256((const unsigned char *)token.ptr, token.len, out_digest);
}

static void empty(struct oauth_token_cache *cache, struct row *row) {
    cache->count -= row->claims != NULL;
    oauth_claims_freep(&row->claims);
}

static struct row *set_of(struct oauth_token_cache *cache,
                          const unsigned char digest[OAUTH_CACHE_DIGEST_BYTES]) {
    uint32_t number = 0;
    memcpy(&number, digest, sizeof number);
    return &cache->rows[number % cache->set_count * OAUTH_CACHE_WAYS];
}

const struct oauth_claims *
oauth_token_cache_get(struct oauth_token_cache *cache,
                      const unsigned char digest[OAUTH_CACHE_DIGEST_BYTES], uint64_t now_s) {
    struct row *rows = set_of(cache, digest);
    for (size_t i = 0; i < OAUTH_CACHE_WAYS; i++) {
        struct row *row = &rows[i];
        if (row->claims != NULL && now_s >= row->claims->expires_s)
            empty(cache, row);
        if (row->claims != NULL && memcmp(row->digest, digest, OAUTH_CACHE_DIGEST_BYTES) == 0)
            return row->claims;
    }
    return NULL;
}

/* Its own place, or else a free one, or else the one that is free first. */
static struct row *place_for(struct row *rows,
                             const unsigned char digest[OAUTH_CACHE_DIGEST_BYTES]) {
    struct row *best = &rows[0];
    for (size_t i = 0; i < OAUTH_CACHE_WAYS; i++) {
        struct row *row = &rows[i];
        if (row->claims != NULL && memcmp(row->digest, digest, OAUTH_CACHE_DIGEST_BYTES) == 0)
            return row;
        if (best->claims != NULL &&
            (row->claims == NULL || row->claims->expires_s < best->claims->expires_s))
            best = row;
    }
    return best;
}

void oauth_token_cache_put(struct oauth_token_cache *cache,
                           const unsigned char digest[OAUTH_CACHE_DIGEST_BYTES],
                           const struct oauth_claims *claims) {
    struct oauth_claims *copy = oauth_claims_copy(claims);
    if (copy == NULL)
        return;
    struct row *row = place_for(set_of(cache, digest), digest);
    empty(cache, row);
    row->claims = copy;
    memcpy(row->digest, digest, OAUTH_CACHE_DIGEST_BYTES);
    cache->count++;
}

void oauth_token_cache_clear(struct oauth_token_cache *cache) {
    for (size_t i = 0; i < cache->set_count * OAUTH_CACHE_WAYS; i++)
        empty(cache, &cache->rows[i]);
}

size_t oauth_token_cache_count(const struct oauth_token_cache *cache) {
    return cache->count;
}
