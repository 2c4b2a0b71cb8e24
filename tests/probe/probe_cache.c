/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/cache.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/cache.h"
#include "probe.h"

probe_fn probe_cache;

static const char *key_of(const json_t *op) {
    return json_string_value(json_array_get(op, 1));
}

static uint64_t now_of(const json_t *op, size_t at) {
    return (uint64_t)json_integer_value(json_array_get(op, at));
}

static json_t *put(struct orch_cache *cache, const json_t *op, struct mcp_err *err) {
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *value = orch_value_new(json_deep_copy(json_array_get(op, 2)));
    if (value == NULL || orch_cache_put(cache, key_of(op), value, now_of(op, 3), err) != MCP_OK)
        return NULL;
    return json_true();
}

static json_t *get(struct orch_cache *cache, const json_t *op, bool is_counted) {
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *value = is_counted ? orch_cache_get(cache, key_of(op), now_of(op, 2))
                                          : orch_cache_peek(cache, key_of(op), now_of(op, 2));
    if (value == NULL)
        return json_string("miss");
    return json_pack("{s:o}", "hit", json_deep_copy(orch_value_root(value)));
}

static json_t *change(struct orch_cache *cache, const json_t *op) {
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *value = orch_cache_peek(cache, key_of(op), now_of(op, 2));
    json_auto_t *mine = json_deep_copy(orch_value_root(value));
    return json_boolean(json_object_set_new(mine, "changed", json_true()) == 0);
}

static json_t *stats(const struct orch_cache *cache) {
    struct orch_cache_stats stats = orch_cache_stats(cache);
    return json_pack("{s:I, s:I, s:I, s:I}", "hits", (json_int_t)stats.hits, "misses",
                     (json_int_t)stats.misses, "evictions", (json_int_t)stats.evictions,
                     "cached_items", (json_int_t)stats.cached_items);
}

static json_t *run(struct orch_cache *cache, const json_t *op, struct mcp_err *err) {
    const char *name = json_string_value(json_array_get(op, 0));
    if (strcmp(name, "put") == 0)
        return put(cache, op, err);
    if (strcmp(name, "get") == 0 || strcmp(name, "peek") == 0)
        return get(cache, op, name[0] == 'g');
    if (strcmp(name, "change") == 0)
        return change(cache, op);
    if (strcmp(name, "invalidate") == 0)
        return json_boolean(orch_cache_invalidate(cache, key_of(op)));
    if (strcmp(name, "clear") == 0)
        return json_integer((json_int_t)orch_cache_clear(cache));
    return stats(cache);
}

enum mcp_code probe_cache(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *ops = json_object_get(in, "ops");
    MCP_AUTO(orch_cache_freep) struct orch_cache *cache = NULL;
    MCP_TRY(orch_cache_new((uint64_t)probe_int(in, "ttl_ms", 1000),
                           (size_t)probe_int(in, "max", 100), &cache, err));
    json_auto_t *results = json_array();
    size_t refused = mcp_alloc_refusals();
    for (size_t i = 0; i < json_array_size(ops); i++)
        if (json_array_append_new(results, run(cache, json_array_get(ops, i), err)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(results), out, err);
}
