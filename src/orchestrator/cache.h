/* SPDX-License-Identifier: MIT */
/* cache.h - time-to-live cache of immutable JSON values. Layer: orchestrator. Includes: value. */
#ifndef ORCH_CACHE_H
#define ORCH_CACHE_H

#include "orchestrator/value.h"

#define ORCH_TTL_UNSAID UINT64_MAX

/* What bounds a cache. */
struct orch_cache_limits {
    uint64_t ttl_ms; /* of an entry whose server says nothing, and the most one may say; 0
                        switches the cache off */
    uint64_t
        revalidate_ms;    /* so long after its time an entry may be given while it is read again */
    uint64_t on_error_ms; /* so long after its time, when reading it again failed */
    size_t max_items;
    size_t max_bytes; /* of all values together, as orch_value_bytes counts */
};

/* What the server says of one value. */
struct orch_cache_terms {
    uint64_t ttl_ms; /* ORCH_TTL_UNSAID: nothing; more than the limit counts as the limit */
    bool is_private; /* never given to other credentials */
};

/* What is asked for, and by whom. */
struct orch_cache_key {
    const char *name;
    uint64_t who; /* stands for the credentials; a private entry is there for the same only */
};

/*
 * An entry is fresh while its age is at most its time to live: age == ttl still is, unless the time
 * is 0. After that it is stale, and is kept while the limits have a use for it. When it is full the
 * entry that was used longest ago goes; one that is too big alone is not kept.
 *
 *   thread  none: the owner locks
 */
struct orch_cache;

struct orch_cache_stats {
    uint64_t hits;
    uint64_t misses;    /* absent and expired */
    uint64_t evictions; /* expired, or pushed out by a ceiling; not what was invalidated */
    uint64_t stale;     /* given although stale; each was a miss before */
    size_t cached_items;
    size_t cached_bytes;
};

enum mcp_code orch_cache_new(const struct orch_cache_limits *limits, struct orch_cache **out_cache,
                             struct mcp_err *err) MCP_CHECK;
void orch_cache_free(struct orch_cache *cache);
void orch_cache_freep(struct orch_cache **cache);

/* From now on. What is there keeps its terms, cut to the new limits. */
void orch_cache_limit(struct orch_cache *cache, const struct orch_cache_limits *limits);

/* A new reference when it is fresh, or NULL; counted as a hit or a miss. What is of no use any more
 * is removed. */
struct orch_value *orch_cache_get(struct orch_cache *cache, const struct orch_cache_key *key,
                                  uint64_t now_ms);

/* The same without counting and without removing: for who was counted before. */
struct orch_value *orch_cache_peek(const struct orch_cache *cache, const struct orch_cache_key *key,
                                   uint64_t now_ms);

/* After a miss: a new reference to what is stale and may be given, or NULL. on_error: reading it
 * again failed; else it is about to begin. *out_age_ms is since it was stored. */
struct orch_value *orch_cache_stale(struct orch_cache *cache, const struct orch_cache_key *key,
                                    uint64_t now_ms, bool on_error, uint64_t *out_age_ms);

/* Insert or replace; takes its own reference. errors: NOMEM, then the cache is as it was. */
enum mcp_code orch_cache_put(struct orch_cache *cache, const struct orch_cache_key *key,
                             struct orch_value *value, const struct orch_cache_terms *terms,
                             uint64_t now_ms, struct mcp_err *err) MCP_CHECK;

/* The server says it has changed: it is stale, and only an error makes it worth giving. True when
 * it was there and good until now. */
bool orch_cache_expire(struct orch_cache *cache, const char *name);

bool orch_cache_has(const struct orch_cache *cache, const char *name); /* good or not */

bool orch_cache_invalidate(struct orch_cache *cache, const char *name); /* true: it was there */
size_t orch_cache_clear(struct orch_cache *cache);                      /* how many went */
struct orch_cache_stats orch_cache_stats(const struct orch_cache *cache);

/* {"age_ms", "ttl_ms", "is_stale", "scope": "public" or "private", "bytes", "hits"}; null when
 * there is no entry; NULL when memory is short. */
json_t *orch_cache_describe(const struct orch_cache *cache, const char *name, uint64_t now_ms);

#endif
