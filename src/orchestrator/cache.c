/* SPDX-License-Identifier: MIT */
/* cache.c - see cache.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/cache.h"

#include "mcp/alloc.h"
#include "mcp/map.h"

struct entry {
    struct orch_value *value;
    struct orch_cache_terms terms;
    uint64_t who;
    uint64_t stored_ms;
    uint64_t used; /* tick of the last use: the smallest goes first */
    uint64_t hits;
    size_t bytes;
    bool is_outdated; /* the server said so */
};

struct orch_cache {
    struct mcp_map *entries;
    struct orch_cache_limits limits;
    uint64_t tick;
    struct orch_cache_stats stats;
};

static void drop_entry(void *item) {
    struct entry *entry = item;
    orch_value_unref(entry->value);
    mcp_free(entry);
}

enum mcp_code orch_cache_new(const struct orch_cache_limits *limits, struct orch_cache **out_cache,
                             struct mcp_err *err) {
    MCP_AUTO(orch_cache_freep) struct orch_cache *cache = mcp_alloc(sizeof *cache);
    if (cache == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    cache->limits = *limits;
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

static uint64_t ttl_of(const struct orch_cache *cache, const struct entry *entry) {
    return entry->terms.ttl_ms < cache->limits.ttl_ms ? entry->terms.ttl_ms : cache->limits.ttl_ms;
}

static uint64_t age_of(const struct entry *entry, uint64_t now_ms) {
    return now_ms > entry->stored_ms ? now_ms - entry->stored_ms : 0;
}

static bool is_fresh(const struct orch_cache *cache, const struct entry *entry, uint64_t now_ms) {
    uint64_t ttl_ms = ttl_of(cache, entry);
    return !entry->is_outdated && ttl_ms > 0 && age_of(entry, now_ms) <= ttl_ms;
}

/* Within `grace_ms` after its time. What is outdated has no time of its own left. */
static bool is_within(const struct orch_cache *cache, const struct entry *entry, uint64_t grace_ms,
                      uint64_t now_ms) {
    return grace_ms > 0 && age_of(entry, now_ms) <= ttl_of(cache, entry) + grace_ms;
}

static bool may_give(const struct orch_cache *cache, const struct entry *entry, bool on_error,
                     uint64_t now_ms) {
    if (on_error)
        return is_within(cache, entry, cache->limits.on_error_ms, now_ms);
    return !entry->is_outdated && is_within(cache, entry, cache->limits.revalidate_ms, now_ms);
}

static bool is_useful(const struct orch_cache *cache, const struct entry *entry, uint64_t now_ms) {
    return is_fresh(cache, entry, now_ms) || may_give(cache, entry, false, now_ms) ||
           may_give(cache, entry, true, now_ms);
}

static bool remove_entry(struct orch_cache *cache, struct mcp_str name) {
    const struct entry *entry = mcp_map_get(cache->entries, name);
    if (entry == NULL)
        return false;
    cache->stats.cached_bytes -= entry->bytes;
    return mcp_map_remove(cache->entries, name);
}

/* NULL when there is none, or none for these credentials. */
static struct entry *find(const struct orch_cache *cache, const struct orch_cache_key *key) {
    struct entry *entry = mcp_map_get(cache->entries, mcp_str_of(key->name));
    return entry != NULL && entry->terms.is_private && entry->who != key->who ? NULL : entry;
}

static struct orch_value *use(struct orch_cache *cache, struct entry *entry) {
    entry->used = ++cache->tick;
    entry->hits++;
    return orch_value_ref(entry->value);
}

struct orch_value *orch_cache_get(struct orch_cache *cache, const struct orch_cache_key *key,
                                  uint64_t now_ms) {
    struct entry *entry = find(cache, key);
    if (entry != NULL && is_fresh(cache, entry, now_ms)) {
        cache->stats.hits++;
        return use(cache, entry);
    }
    if (entry != NULL && !is_useful(cache, entry, now_ms) &&
        remove_entry(cache, mcp_str_of(key->name)))
        cache->stats.evictions++;
    cache->stats.misses++;
    return NULL;
}

struct orch_value *orch_cache_peek(const struct orch_cache *cache, const struct orch_cache_key *key,
                                   uint64_t now_ms) {
    const struct entry *entry = find(cache, key);
    return entry != NULL && is_fresh(cache, entry, now_ms) ? orch_value_ref(entry->value) : NULL;
}

struct orch_value *orch_cache_stale(struct orch_cache *cache, const struct orch_cache_key *key,
                                    uint64_t now_ms, bool on_error, uint64_t *out_age_ms) {
    struct entry *entry = find(cache, key);
    if (entry == NULL || !may_give(cache, entry, on_error, now_ms))
        return NULL;
    cache->stats.stale++;
    *out_age_ms = age_of(entry, now_ms);
    return use(cache, entry);
}

/* Make room: what is of no use any more goes, else what was used longest ago. */
static void evict_one(struct orch_cache *cache, uint64_t now_ms) {
    struct mcp_str key = {0};
    struct mcp_str oldest = {0};
    void *item = NULL;
    uint64_t oldest_used = UINT64_MAX;
    for (size_t at = 0; mcp_map_next(cache->entries, &at, &key, &item);) {
        const struct entry *entry = item;
        uint64_t used = is_useful(cache, entry, now_ms) ? entry->used : 0;
        if (used < oldest_used) {
            oldest_used = used;
            oldest = key;
        }
    }
    if (oldest_used != UINT64_MAX && remove_entry(cache, oldest))
        cache->stats.evictions++;
}

static void make_room(struct orch_cache *cache, uint64_t now_ms) {
    while (mcp_map_count(cache->entries) > cache->limits.max_items ||
           cache->stats.cached_bytes > cache->limits.max_bytes)
        evict_one(cache, now_ms);
}

void orch_cache_limit(struct orch_cache *cache, const struct orch_cache_limits *limits) {
    cache->limits = *limits;
    if (limits->ttl_ms == 0)
        (void)orch_cache_clear(cache);
    make_room(cache, 0);
}

enum mcp_code orch_cache_put(struct orch_cache *cache, const struct orch_cache_key *key,
                             struct orch_value *value, const struct orch_cache_terms *terms,
                             uint64_t now_ms, struct mcp_err *err) {
    struct entry made = {.terms = *terms,
                         .who = key->who,
                         .stored_ms = now_ms,
                         .used = cache->tick + 1,
                         .bytes = orch_value_bytes(value)};
    bool is_off = cache->limits.ttl_ms == 0 || cache->limits.max_items == 0;
    if (is_off || made.bytes > cache->limits.max_bytes || !is_useful(cache, &made, now_ms)) {
        (void)remove_entry(cache, mcp_str_of(key->name)); /* what is there is older */
        return MCP_OK;
    }
    struct entry *entry = mcp_alloc(sizeof *entry);
    if (entry == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *entry = made;
    entry->value = orch_value_ref(value);
    const struct entry *old = mcp_map_get(cache->entries, mcp_str_of(key->name));
    size_t old_bytes = old != NULL ? old->bytes : 0;
    enum mcp_code code = mcp_map_put(cache->entries, mcp_str_of(key->name), entry, err);
    if (code != MCP_OK) {
        drop_entry(entry);
        return code;
    }
    cache->tick++;
    cache->stats.cached_bytes += entry->bytes - old_bytes;
    make_room(cache, now_ms);
    return MCP_OK;
}

bool orch_cache_expire(struct orch_cache *cache, const char *name) {
    struct entry *entry = mcp_map_get(cache->entries, mcp_str_of(name));
    bool was_good = entry != NULL && !entry->is_outdated;
    if (was_good && cache->limits.on_error_ms == 0)
        return remove_entry(cache, mcp_str_of(name));
    if (was_good)
        entry->is_outdated = true;
    return was_good;
}

bool orch_cache_has(const struct orch_cache *cache, const char *name) {
    return mcp_map_get(cache->entries, mcp_str_of(name)) != NULL;
}

bool orch_cache_invalidate(struct orch_cache *cache, const char *name) {
    return remove_entry(cache, mcp_str_of(name));
}

size_t orch_cache_clear(struct orch_cache *cache) {
    size_t count = mcp_map_count(cache->entries);
    mcp_map_clear(cache->entries);
    cache->stats.cached_bytes = 0;
    return count;
}

struct orch_cache_stats orch_cache_stats(const struct orch_cache *cache) {
    struct orch_cache_stats stats = cache->stats;
    stats.cached_items = mcp_map_count(cache->entries);
    return stats;
}

json_t *orch_cache_describe(const struct orch_cache *cache, const char *name, uint64_t now_ms) {
    const struct entry *entry = mcp_map_get(cache->entries, mcp_str_of(name));
    if (entry == NULL)
        return json_null();
    return json_pack("{s:I, s:I, s:b, s:s, s:I, s:I}", "age_ms", (json_int_t)age_of(entry, now_ms),
                     "ttl_ms", (json_int_t)ttl_of(cache, entry), "is_stale",
                     !is_fresh(cache, entry, now_ms), "scope",
                     entry->terms.is_private ? "private" : "public", "bytes",
                     (json_int_t)entry->bytes, "hits", (json_int_t)entry->hits);
}
