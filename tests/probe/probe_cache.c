/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/cache.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/cache.h"
#include "probe.h"

probe_fn probe_cache;

/* One operation under way. */
struct step {
    struct orch_cache *cache;
    const json_t *op;
    struct mcp_err *err;
};

static const char *text_of(const struct step *step, size_t at) {
    const char *text = json_string_value(json_array_get(step->op, at));
    return text != NULL ? text : "";
}

static uint64_t number_of(const struct step *step, size_t at) {
    return (uint64_t)json_integer_value(json_array_get(step->op, at));
}

static struct orch_cache_key key_of(const struct step *step, size_t who_at) {
    return (struct orch_cache_key){text_of(step, 1), number_of(step, who_at)};
}

static json_t *put(const struct step *step) {
    const json_t *said = json_array_get(step->op, 4);
    struct orch_cache_terms terms = {.ttl_ms = json_object_get(said, "ttl_ms") != NULL
                                                   ? (uint64_t)probe_int(said, "ttl_ms", 0)
                                                   : ORCH_TTL_UNSAID,
                                     .is_private = json_is_true(json_object_get(said, "private"))};
    struct orch_cache_key key = {text_of(step, 1), (uint64_t)probe_int(said, "who", 0)};
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *value = orch_value_new(json_deep_copy(json_array_get(step->op, 2)));
    if (value == NULL ||
        orch_cache_put(step->cache, &key, value, &terms, number_of(step, 3), step->err) != MCP_OK)
        return NULL;
    return json_true();
}

static json_t *hit(const struct orch_value *value) {
    if (value == NULL)
        return json_string("miss");
    return json_pack("{s:o}", "hit", json_deep_copy(orch_value_root(value)));
}

static json_t *get(const struct step *step) {
    struct orch_cache_key key = key_of(step, 3);
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *value = orch_cache_get(step->cache, &key, number_of(step, 2));
    return hit(value);
}

static json_t *peek(const struct step *step) {
    struct orch_cache_key key = key_of(step, 3);
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *value = orch_cache_peek(step->cache, &key, number_of(step, 2));
    return hit(value);
}

static json_t *stale(const struct step *step) {
    struct orch_cache_key key = key_of(step, 4);
    uint64_t age_ms = 0;
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *value = orch_cache_stale(step->cache, &key, number_of(step, 2),
                                                strcmp(text_of(step, 3), "on_error") == 0, &age_ms);
    if (value == NULL)
        return json_string("miss");
    return json_pack("{s:o, s:I}", "stale", json_deep_copy(orch_value_root(value)), "age_ms",
                     (json_int_t)age_ms);
}

static json_t *change(const struct step *step) {
    struct orch_cache_key key = key_of(step, 3);
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *value = orch_cache_peek(step->cache, &key, number_of(step, 2));
    json_auto_t *mine = json_deep_copy(orch_value_root(value));
    return json_boolean(json_object_set_new(mine, "changed", json_true()) == 0);
}

static json_t *stats(const struct step *step) {
    struct orch_cache_stats stats = orch_cache_stats(step->cache);
    return json_pack("{s:I, s:I, s:I, s:I}", "hits", (json_int_t)stats.hits, "misses",
                     (json_int_t)stats.misses, "evictions", (json_int_t)stats.evictions,
                     "cached_items", (json_int_t)stats.cached_items);
}

static json_t *size(const struct step *step) {
    struct orch_cache_stats stats = orch_cache_stats(step->cache);
    return json_pack("{s:I, s:I, s:I}", "items", (json_int_t)stats.cached_items, "bytes",
                     (json_int_t)stats.cached_bytes, "stale", (json_int_t)stats.stale);
}

static json_t *expire(const struct step *step) {
    return json_boolean(orch_cache_expire(step->cache, text_of(step, 1)));
}

static json_t *invalidate(const struct step *step) {
    return json_boolean(orch_cache_invalidate(step->cache, text_of(step, 1)));
}

static json_t *clear(const struct step *step) {
    return json_integer((json_int_t)orch_cache_clear(step->cache));
}

static json_t *describe(const struct step *step) {
    return orch_cache_describe(step->cache, text_of(step, 1), number_of(step, 2));
}

static struct orch_cache_limits limits_of(const json_t *in) {
    return (struct orch_cache_limits){
        .ttl_ms = (uint64_t)probe_int(in, "ttl_ms", 1000),
        .revalidate_ms = (uint64_t)probe_int(in, "revalidate_ms", 0),
        .on_error_ms = (uint64_t)probe_int(in, "on_error_ms", 0),
        .max_items = (size_t)probe_int(in, "max", 100),
        .max_bytes = (size_t)probe_int(in, "max_bytes", 1 << 20),
    };
}

static json_t *limit(const struct step *step) {
    struct orch_cache_limits limits = limits_of(json_array_get(step->op, 1));
    orch_cache_limit(step->cache, &limits);
    return json_true();
}

static json_t *run(const struct step *step) {
    static const struct {
        const char *name;
        json_t *(*run)(const struct step *step);
    } ops[] = {
        {"put", put},       {"get", get},           {"peek", peek},   {"stale", stale},
        {"change", change}, {"stats", stats},       {"size", size},   {"expire", expire},
        {"clear", clear},   {"describe", describe}, {"limit", limit}, {"invalidate", invalidate},
    };
    for (size_t i = 0; i < MCP_COUNT(ops); i++)
        if (strcmp(ops[i].name, text_of(step, 0)) == 0)
            return ops[i].run(step);
    return json_null();
}

enum mcp_code probe_cache(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *ops = json_object_get(in, "ops");
    struct orch_cache_limits limits = limits_of(in);
    MCP_AUTO(orch_cache_freep) struct orch_cache *cache = NULL;
    MCP_TRY(orch_cache_new(&limits, &cache, err));
    json_auto_t *results = json_array();
    size_t refused = mcp_alloc_refusals();
    for (size_t i = 0; i < json_array_size(ops); i++) {
        struct step step = {cache, json_array_get(ops, i), err};
        if (json_array_append_new(results, run(&step)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    if (mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(results), out, err);
}
