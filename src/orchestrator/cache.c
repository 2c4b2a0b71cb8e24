/* SPDX-License-Identifier: MIT */
/* cache.c - see cache.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/cache.h"

#include "mcp/alloc.h"
#include "mcp/map.h"

struct entry {
    struct orch_value *value;
    uint64_t stored_ms;
    uint64_t used; /* tick of the last use: the smallest goes first */
};

struct orch_cache {
    struct mcp_map *entries;
    uint64_t ttl_ms;
    size_t max_items;
    uint64_t tick;
    struct orch_cache_stats stats;
};

static void drop_entry(void *item) {
    struct entry *entry = item;
    orch_value_unref(entry->value);
    mcp_free(entry);
}

enum mcp_code orch_cache_new(uint64_t ttl_ms, size_t max_items, struct orch_cache **out_cache,
                             struct mcp_err *err) {
    MCP_AUTO(orch_cache_freep) struct orch_cache *cache = mcp_alloc(sizeof *cache);
    if (cache == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    cache->ttl_ms = ttl_ms;
    cache->max_items = max_items;
    /* Keys are made of ids from our own file, so the hash needs no secret seed. */
    MCP_TRY(mcp_map_new(0, drop_entry, &cache->entries, err));
    *out_cache = MCP_TAKE(cache);
    return MCP_OK;
}

void orch_cache_free(struct orch_cache *cache) {
    if (cache == NULL)
        return;
    mcp_map_free(cache->entries);
    mcp_free(cache);
}

void orch_cache_freep(struct orch_cache **cache) {
    orch_cache_free(*cache);
    *cache = NULL;
}

static bool is_fresh(const struct orch_cache *cache, const struct entry *entry, uint64_t now_ms) {
    return now_ms <= entry->stored_ms || now_ms - entry->stored_ms <= cache->ttl_ms;
}

struct orch_value *orch_cache_get(struct orch_cache *cache, const char *key, uint64_t now_ms) {
    struct entry *entry = mcp_map_get(cache->entries, mcp_str_of(key));
    if (entry == NULL || !is_fresh(cache, entry, now_ms)) {
        if (mcp_map_remove(cache->entries, mcp_str_of(key)))
            cache->stats.evictions++;
        cache->stats.misses++;
        return NULL;
    }
    entry->used = ++cache->tick;
    cache->stats.hits++;
    return orch_value_ref(entry->value);
}

struct orch_value *orch_cache_peek(const struct orch_cache *cache, const char *key,
                                   uint64_t now_ms) {
    const struct entry *entry = mcp_map_get(cache->entries, mcp_str_of(key));
    return entry != NULL && is_fresh(cache, entry, now_ms) ? orch_value_ref(entry->value) : NULL;
}

/* Make room for one more: what is expired goes, else what was used longest ago. */
static void evict_one(struct orch_cache *cache, uint64_t now_ms) {
    struct mcp_str key = {0};
    struct mcp_str oldest = {0};
    void *item = NULL;
    uint64_t oldest_used = UINT64_MAX;
    for (size_t at = 0; mcp_map_next(cache->entries, &at, &key, &item);) {
        const struct entry *entry = item;
        uint64_t used = is_fresh(cache, entry, now_ms) ? entry->used : 0;
        if (used < oldest_used) {
            oldest_used = used;
            oldest = key;
        }
    }
    if (oldest_used != UINT64_MAX && mcp_map_remove(cache->entries, oldest))
        cache->stats.evictions++;
}

enum mcp_code orch_cache_put(struct orch_cache *cache, const char *key, struct orch_value *value,
                             uint64_t now_ms, struct mcp_err *err) {
    if (cache->ttl_ms == 0 || cache->max_items == 0)
        return MCP_OK;
    struct entry *entry = mcp_alloc(sizeof *entry);
    if (entry == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *entry = (struct entry){orch_value_ref(value), now_ms, ++cache->tick};
    bool is_new = mcp_map_get(cache->entries, mcp_str_of(key)) == NULL;
    enum mcp_code code = mcp_map_put(cache->entries, mcp_str_of(key), entry, err);
    if (code != MCP_OK) {
        drop_entry(entry);
        return code;
    }
    if (is_new && mcp_map_count(cache->entries) > cache->max_items)
        evict_one(cache, now_ms);
    return MCP_OK;
}

bool orch_cache_invalidate(struct orch_cache *cache, const char *key) {
    return mcp_map_remove(cache->entries, mcp_str_of(key));
}

size_t orch_cache_clear(struct orch_cache *cache) {
    size_t count = mcp_map_count(cache->entries);
    mcp_map_clear(cache->entries);
    return count;
}

struct orch_cache_stats orch_cache_stats(const struct orch_cache *cache) {
    struct orch_cache_stats stats = cache->stats;
    stats.cached_items = mcp_map_count(cache->entries);
    return stats;
}
