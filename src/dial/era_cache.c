/* SPDX-License-Identifier: MIT */
/* era_cache.c - see era_cache.h. Pure: no I/O, no clock, no log. */
#include "dial/era_cache.h"

#include "mcp/alloc.h"
#include "mcp/map.h"

/* A verdict in memory of its own: what the map points to. */
static const struct mcp_era_verdict verdicts[] = {
    {MCP_ERA_LEGACY, MCP_DIAL_AUTO},
    {MCP_ERA_LEGACY, MCP_DIAL_SSE},
    {MCP_ERA_MODERN, MCP_DIAL_AUTO},
};

struct mcp_era_cache {
    struct mcp_map *servers; /* to elements of verdicts */
};

enum mcp_code mcp_era_cache_new(struct mcp_era_cache **out_cache, struct mcp_err *err) {
    struct mcp_era_cache *cache = mcp_alloc(sizeof *cache);
    if (cache == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for what servers speak");
    enum mcp_code code = mcp_map_new(0, NULL, &cache->servers, err); /* we choose the keys */
    if (code != MCP_OK)
        mcp_era_cache_free(cache);
    else
        *out_cache = cache;
    return code;
}

void mcp_era_cache_free(struct mcp_era_cache *cache) {
    if (cache == NULL)
        return;
    mcp_map_free(cache->servers);
    mcp_free(cache);
}

struct mcp_era_verdict mcp_era_cache_get(const struct mcp_era_cache *cache, struct mcp_str server) {
    const struct mcp_era_verdict *found = mcp_map_get(cache->servers, server);
    return found != NULL ? *found : (struct mcp_era_verdict){MCP_ERA_AUTO, MCP_DIAL_AUTO};
}

static void *stored(struct mcp_era_verdict verdict) {
    for (size_t i = 0; i < MCP_COUNT(verdicts); i++)
        if (verdicts[i].era == verdict.era && verdicts[i].transport == verdict.transport)
            return (void *)(uintptr_t)&verdicts[i]; /* NOLINT(performance-no-int-to-ptr) */
    return NULL;
}

void mcp_era_cache_put(struct mcp_era_cache *cache, struct mcp_str server,
                       struct mcp_era_verdict verdict) {
    void *value = stored(verdict);
    struct mcp_str oldest;
    size_t at = 0;
    (void)mcp_map_remove(cache->servers, server);
    if (value == NULL)
        return;
    if (mcp_map_count(cache->servers) == MCP_ERA_CACHE_MAX_SERVERS &&
        mcp_map_next(cache->servers, &at, &oldest, NULL))
        (void)mcp_map_remove(cache->servers, oldest);
    enum mcp_code code = mcp_map_put(cache->servers, server, value, NULL);
    (void)code; /* the next connection asks */
}
