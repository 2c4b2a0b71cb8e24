/* SPDX-License-Identifier: MIT */
/* cache.h - time-to-live cache of immutable JSON values. Layer: orchestrator. Includes: value. */
#ifndef ORCH_CACHE_H
#define ORCH_CACHE_H

#include "orchestrator/value.h"

/*
 * An entry is fresh while its age is at most the time to live: age == ttl still is. A time to live
 * of 0 switches the cache off. When it is full the entry that was used longest ago goes.
 *
 *   thread  none: the owner locks
 */
struct orch_cache;

struct orch_cache_stats {
    uint64_t hits;
    uint64_t misses;    /* absent and expired */
    uint64_t evictions; /* expired, or pushed out by the ceiling; not what was invalidated */
    size_t cached_items;
};

enum mcp_code orch_cache_new(uint64_t ttl_ms, size_t max_items, struct orch_cache **out_cache,
                             struct mcp_err *err) MCP_CHECK;
void orch_cache_free(struct orch_cache *cache);
void orch_cache_freep(struct orch_cache **cache);

/* A new reference, or NULL; counted as a hit or a miss. An expired entry is removed. */
struct orch_value *orch_cache_get(struct orch_cache *cache, const char *key, uint64_t now_ms);

/* The same without counting and without removing: for who was counted before. */
struct orch_value *orch_cache_peek(const struct orch_cache *cache, const char *key,
                                   uint64_t now_ms);

/* Insert or replace; takes its own reference. errors: NOMEM, then the cache is as it was. */
enum mcp_code orch_cache_put(struct orch_cache *cache, const char *key, struct orch_value *value,
                             uint64_t now_ms, struct mcp_err *err) MCP_CHECK;

bool orch_cache_invalidate(struct orch_cache *cache, const char *key); /* true when it was there */
size_t orch_cache_clear(struct orch_cache *cache);                     /* how many went */
struct orch_cache_stats orch_cache_stats(const struct orch_cache *cache);

#endif
