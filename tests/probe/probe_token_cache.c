/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/token_cache.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "oauth/token_cache.h"
#include "probe.h"

probe_fn probe_token_cache;

static void freep(struct oauth_token_cache **cache) {
    oauth_token_cache_free(*cache);
}

static json_t *get(struct oauth_token_cache *cache, const unsigned char *digest, uint64_t now_s) {
    const struct oauth_claims *claims = oauth_token_cache_get(cache, digest, now_s);
    if (claims == NULL)
        return json_null();
    return json_pack("{s:s, s:s, s:I}", "principal", claims->principal, "scopes", claims->scopes,
                     "expires_s", (json_int_t)claims->expires_s);
}

/* Its principal is the name of the token, or another. */
static void put(struct oauth_token_cache *cache, const unsigned char *digest, const json_t *do_) {
    char principal[64];
    char scopes[] = "a b";
    const char *name = json_string_value(json_array_get(do_, 3));
    if (name == NULL)
        name = json_string_value(json_array_get(do_, 1));
    (void)snprintf(principal, sizeof principal, "%s", name);
    const struct oauth_claims claims = {.principal = principal,
                                        .scopes = scopes,
                                        .expires_s =
                                            (uint64_t)json_integer_value(json_array_get(do_, 2))};
    oauth_token_cache_put(cache, digest, &claims);
}

static json_t *step(struct oauth_token_cache *cache, const json_t *do_) {
    const char *name = json_string_value(json_array_get(do_, 0));
    unsigned char digest[OAUTH_CACHE_DIGEST_BYTES];
    oauth_token_cache_digest(mcp_json_str(json_array_get(do_, 1)), digest);
    if (strcmp(name, "get") == 0)
        return get(cache, digest, (uint64_t)json_integer_value(json_array_get(do_, 2)));
    if (strcmp(name, "put") == 0)
        put(cache, digest, do_);
    else if (strcmp(name, "clear") == 0)
        oauth_token_cache_clear(cache);
    return json_integer((json_int_t)oauth_token_cache_count(cache));
}

enum mcp_code probe_token_cache(const json_t *in, json_t **out, struct mcp_err *err) {
    struct oauth_token_cache *cache MCP_AUTO(freep) = NULL;
    MCP_AUTO(mcp_json_decref) json_t *results = json_array();
    const json_t *steps = json_object_get(in, "do");
    size_t refused = mcp_alloc_refusals();
    MCP_TRY(oauth_token_cache_new((size_t)probe_int(in, "max", 4), &cache, err));
    for (size_t i = 0; i < json_array_size(steps); i++)
        if (json_array_append_new(results, step(cache, json_array_get(steps, i))) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "no memory");
    if (mcp_alloc_refusals() != refused) /* what was not kept cannot be told from what gave way */
        return MCP_FAIL(err, MCP_E_NOMEM, "no memory");
    return probe_give(MCP_TAKE(results), out, err);
}
