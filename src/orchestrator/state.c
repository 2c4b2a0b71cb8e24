/* SPDX-License-Identifier: MIT */
/* state.c - see state.h. */
#include "orchestrator/state.h"

#include <pthread.h>
#include <stdio.h>

#include "base/random.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "orchestrator/state_parts.h"
#include "orchestrator/status.h"

static void lock(struct orch_state *state) {
    (void)pthread_mutex_lock(&state->lock);
}

static void unlock(struct orch_state *state) {
    (void)pthread_mutex_unlock(&state->lock);
}

enum mcp_code orch_state_new(struct orch_state **out_state, struct mcp_err *err) {
    struct orch_state *state = mcp_alloc(sizeof *state);
    if (state == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    (void)pthread_mutex_init(&state->lock, NULL);
    *out_state = state;
    return MCP_OK;
}

static void drop_older(struct orch_state *state) {
    while (state->older != NULL) {
        struct orch_conf *conf = state->older;
        state->older = conf->older;
        orch_conf_free(conf);
    }
}

static void drop_tables(struct orch_state *state) {
    orch_cache_free(state->cache);
    orch_registry_free(state->registry);
    orch_conf_free(state->conf);
    drop_older(state);
    mcp_free(state->generations);
    mcp_free(state->news);
}

void orch_state_free(struct orch_state *state) {
    if (state == NULL)
        return;
    drop_tables(state);
    (void)pthread_mutex_destroy(&state->lock);
    mcp_free(state);
}

static struct orch_row *row_at(const struct orch_state *state, size_t slot) {
    return orch_state_row(state, slot);
}

void orch_state_clear(struct orch_state *state) {
    lock(state);
    (void)orch_cache_clear(state->cache);
    for (size_t slot = 0; slot < orch_registry_slots(state->registry); slot++) {
        struct orch_row *row = row_at(state, slot);
        if (row != NULL && row->is_listed)
            row->traffic.breaker = (struct orch_breaker){0};
        else
            orch_registry_release(state->registry, slot);
    }
    drop_older(state);
    unlock(state);
}

static enum mcp_code fill_registry(const struct orch_conf *conf, struct orch_registry *registry,
                                   struct mcp_err *err) {
    for (size_t place = 0; place < conf->server_count; place++)
        MCP_TRY(orch_registry_add(registry, &conf->servers[place], err));
    return MCP_OK;
}

struct orch_cache_limits orch_state_limits_of(const struct orch_conf *conf) {
    return (struct orch_cache_limits){.ttl_ms = conf->cache_ttl_ms,
                                      .revalidate_ms = conf->revalidate_ms,
                                      .on_error_ms = conf->on_error_ms,
                                      .max_items = ORCH_MAX_CACHED,
                                      .max_bytes = conf->cache_max_bytes};
}

enum mcp_code orch_state_install(struct orch_state *state, struct orch_conf *conf,
                                 struct mcp_err *err) {
    MCP_AUTO(orch_registry_freep) struct orch_registry *registry = NULL;
    MCP_AUTO(orch_cache_freep) struct orch_cache *cache = NULL;
    MCP_TRY(orch_registry_new(ORCH_MAX_SLOTS, &registry, err));
    MCP_TRY(fill_registry(conf, registry, err));
    struct orch_cache_limits limits = orch_state_limits_of(conf);
    MCP_TRY(orch_cache_new(&limits, &cache, err));
    uint64_t *generations = mcp_alloc((size_t)ORCH_MAX_SLOTS * ORCH_HOLDINGS * sizeof *generations);
    unsigned char *news = mcp_alloc((size_t)ORCH_MAX_SLOTS * ORCH_HOLDINGS);
    if (generations == NULL || news == NULL) {
        mcp_free(generations);
        mcp_free(news);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    lock(state);
    drop_tables(state);
    state->conf = conf;
    state->registry = MCP_TAKE(registry);
    state->cache = MCP_TAKE(cache);
    state->generations = generations;
    state->news = news;
    state->has_news = false;
    unlock(state);
    return MCP_OK;
}

enum mcp_code orch_state_reserve(struct orch_state *state, const struct orch_server *server,
                                 size_t *out_slot, struct mcp_err *err) {
    lock(state);
    enum mcp_code code = orch_registry_reserve(state->registry, server, out_slot, err);
    unlock(state);
    return code;
}

void orch_state_release(struct orch_state *state, size_t slot) {
    lock(state);
    orch_registry_release(state->registry, slot);
    unlock(state);
}

/* Under the lock. */
static bool is_borrowed_from(struct orch_state *state, const struct orch_conf *conf) {
    for (size_t slot = 0; slot < orch_registry_slots(state->registry); slot++) {
        const struct orch_row *row = row_at(state, slot);
        if (row != NULL && row->server->place < conf->server_count &&
            row->server == &conf->servers[row->server->place])
            return true;
    }
    return false;
}

void orch_state_drop_unused(struct orch_state *state) {
    lock(state);
    struct orch_conf **at = &state->older;
    while (*at != NULL) {
        struct orch_conf *conf = *at;
        if (is_borrowed_from(state, conf)) {
            at = &conf->older;
            continue;
        }
        *at = conf->older;
        orch_conf_free(conf);
    }
    unlock(state);
}

bool orch_state_is_listed(struct orch_state *state, size_t slot) {
    lock(state);
    const struct orch_row *row = row_at(state, slot);
    bool is_listed = row != NULL && row->is_listed;
    unlock(state);
    return is_listed;
}

void orch_state_places(struct orch_state *state, size_t *out_slots) {
    lock(state);
    for (size_t i = 0; i < orch_registry_count(state->registry); i++) {
        size_t slot = orch_registry_order(state->registry)[i];
        out_slots[row_at(state, slot)->server->place] = slot;
    }
    unlock(state);
}

const struct orch_conf *orch_state_conf(struct orch_state *state) {
    lock(state);
    const struct orch_conf *conf = state->conf;
    unlock(state);
    return conf;
}

void orch_state_tolerate(struct orch_state *state) {
    lock(state);
    state->is_tolerant = true;
    unlock(state);
}

void orch_state_be_patient(struct orch_state *state) {
    lock(state);
    state->is_patient = true;
    unlock(state);
}

bool orch_state_is_patient(struct orch_state *state) {
    lock(state);
    bool is_patient = state->is_patient;
    unlock(state);
    return is_patient;
}

bool orch_state_fails_fast(struct orch_state *state) {
    lock(state);
    bool fails_fast = state->conf->fail_fast && !state->is_tolerant;
    unlock(state);
    return fails_fast;
}

enum mcp_code orch_state_pick(struct orch_state *state, const char *domain,
                              struct orch_pick **out_picks, size_t *out_count,
                              struct mcp_err *err) {
    size_t count = 0;
    lock(state);
    size_t all = orch_registry_count(state->registry);
    struct orch_pick *picks = mcp_alloc((all + 1) * sizeof *picks);
    for (size_t i = 0; picks != NULL && i < all; i++) {
        size_t slot = orch_registry_order(state->registry)[i];
        const struct orch_row *row = row_at(state, slot);
        if (domain == NULL || orch_registry_has_domain(row->server, domain))
            picks[count++] = (struct orch_pick){row->server, slot, i, row->is_connected};
    }
    unlock(state);
    if (picks == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_picks = picks;
    *out_count = count;
    return MCP_OK;
}

void orch_state_mark_connected(struct orch_state *state, size_t slot,
                               const struct orch_link_facts *facts, json_t *declared) {
    int64_t wall_ms = mcp_clock_wall_ms();
    lock(state);
    orch_registry_set_declared(state->registry, slot, declared);
    orch_registry_set_tools(state->registry, slot, NULL);
    orch_registry_mark_connected(state->registry, slot, facts, wall_ms);
    unlock(state);
}

void orch_state_mark_disconnected(struct orch_state *state, size_t slot,
                                  const struct mcp_err *why) {
    int64_t wall_ms = mcp_clock_wall_ms();
    lock(state);
    orch_registry_mark_disconnected(state->registry, slot, why, wall_ms);
    unlock(state);
}

void orch_state_why(struct orch_state *state, size_t slot, struct mcp_err *out_why) {
    struct mcp_err why = {0};
    lock(state);
    const struct orch_row *row = row_at(state, slot);
    bool is_known = row->error_code != MCP_OK;
    (void)MCP_FAIL(&why, is_known ? row->error_code : MCP_E_STATE, "%s",
                   is_known ? row->error : "not connected");
    unlock(state);
    *out_why = why;
}

void orch_state_note(struct orch_state *state, size_t slot, const struct orch_note *note) {
    struct orch_note jittered = *note;
    uint64_t now_ms = mcp_clock_now_ms();
    int64_t wall_ms = mcp_clock_wall_ms();
    if (mcp_random_fill(&jittered.random, sizeof jittered.random, NULL) != MCP_OK)
        jittered.random = 0;
    lock(state);
    orch_traffic_note(&row_at(state, slot)->traffic, &jittered, now_ms);
    if (note->why != NULL)
        orch_registry_note_error(state->registry, slot, note->why, wall_ms);
    unlock(state);
}

bool orch_state_may_ask(struct orch_state *state, size_t slot, struct mcp_err *out_why) {
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_row *row = row_at(state, slot);
    bool may =
        orch_traffic_may_ask(&row->traffic, row->error, now_ms, row->server->timeout_ms, out_why);
    unlock(state);
    return may;
}

uint64_t orch_state_breaker_wait(struct orch_state *state, size_t slot) {
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    uint64_t wait_ms = orch_breaker_wait_ms(&row_at(state, slot)->traffic.breaker, now_ms);
    unlock(state);
    return wait_ms;
}

void orch_state_set_tail(struct orch_state *state, size_t slot, const char *tail) {
    lock(state);
    struct orch_row *row = row_at(state, slot);
    (void)snprintf(row->stderr_tail, sizeof row->stderr_tail, "%s", tail);
    unlock(state);
}

static struct orch_cache_key whole_key(const struct orch_state *state, size_t slot,
                                       enum orch_holding holding, char out[ORCH_STATE_KEY_BYTES]) {
    return orch_state_key(state, slot, holding, out);
}

struct orch_value *orch_state_cached(struct orch_state *state, size_t slot,
                                     enum orch_holding holding) {
    char text[ORCH_STATE_KEY_BYTES];
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_cache_key key = whole_key(state, slot, holding, text);
    struct orch_value *value = NULL;
    if (row_at(state, slot)->is_listed)
        value = orch_cache_get(state->cache, &key, now_ms);
    struct orch_traffic *traffic = &row_at(state, slot)->traffic;
    traffic->cache_hits += value != NULL;
    traffic->cache_misses += value == NULL;
    unlock(state);
    return value;
}

struct orch_value *orch_state_stale(struct orch_state *state, size_t slot,
                                    enum orch_holding holding, bool on_error,
                                    uint64_t *out_age_ms) {
    char text[ORCH_STATE_KEY_BYTES];
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_cache_key key = whole_key(state, slot, holding, text);
    struct orch_value *value = NULL;
    if (row_at(state, slot)->is_listed)
        value = orch_cache_stale(state->cache, &key, now_ms, on_error, out_age_ms);
    row_at(state, slot)->traffic.cache_stale += value != NULL;
    unlock(state);
    return value;
}

struct orch_value *orch_state_peek(struct orch_state *state, size_t slot,
                                   enum orch_holding holding) {
    char text[ORCH_STATE_KEY_BYTES];
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_cache_key key = whole_key(state, slot, holding, text);
    struct orch_value *value = NULL;
    if (row_at(state, slot)->is_listed)
        value = orch_cache_peek(state->cache, &key, now_ms);
    unlock(state);
    return value;
}

uint64_t orch_state_generation(struct orch_state *state, size_t slot, enum orch_holding holding) {
    lock(state);
    uint64_t generation = state->generations[slot * ORCH_HOLDINGS + holding];
    unlock(state);
    return generation;
}

void orch_state_put(struct orch_state *state, size_t slot, enum orch_holding holding,
                    uint64_t generation, struct orch_value *value,
                    const struct orch_cache_terms *terms) {
    char text[ORCH_STATE_KEY_BYTES];
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_cache_key key = whole_key(state, slot, holding, text);
    if (holding == ORCH_TOOLS)
        orch_registry_set_tools(state->registry, slot, orch_value_ref(value));
    /* without memory for an entry the next caller fetches again */
    if (state->generations[slot * ORCH_HOLDINGS + holding] == generation)
        (void)(orch_cache_put(state->cache, &key, value, terms, now_ms, NULL) == MCP_OK);
    unlock(state);
}

void orch_state_expire(struct orch_state *state, size_t slot, enum orch_holding holding) {
    lock(state);
    orch_state_outdate(state, slot, holding);
    orch_state_note_news(state, slot, holding, false);
    unlock(state);
}

/* Under the lock. */
static size_t forget(struct orch_state *state, size_t slot) {
    return orch_state_forget(state, slot, ORCH_RESOURCES) +
           orch_state_forget(state, slot, ORCH_TOOLS);
}

/* Under the lock: for others, too. */
static size_t forget_everywhere(struct orch_state *state, size_t slot) {
    orch_state_note_news(state, slot, ORCH_RESOURCES, true);
    orch_state_note_news(state, slot, ORCH_TOOLS, true);
    return forget(state, slot);
}

size_t orch_state_invalidate_slot(struct orch_state *state, size_t slot) {
    lock(state);
    size_t gone = row_at(state, slot)->is_listed ? forget_everywhere(state, slot) : 0;
    unlock(state);
    return gone;
}

size_t orch_state_invalidate(struct orch_state *state, const char *server) {
    size_t gone = 0;
    size_t slot = 0;
    lock(state);
    if (state->registry != NULL && server == NULL)
        for (size_t i = 0; i < orch_registry_count(state->registry); i++)
            gone += forget_everywhere(state, orch_registry_order(state->registry)[i]);
    else if (state->registry != NULL && orch_registry_find(state->registry, server, &slot))
        gone = forget_everywhere(state, slot);
    unlock(state);
    return gone;
}

/* Under the lock: what is cached of servers that stay, and under the same credentials, stays. */
static void list_anew(struct orch_state *state, const struct orch_conf *conf, const size_t *slots) {
    struct orch_registry *registry = state->registry;
    orch_registry_unlist_all(registry);
    for (size_t place = 0; place < conf->server_count; place++)
        orch_registry_list(registry, slots[place], &conf->servers[place]);
    for (size_t slot = 0; slot < orch_registry_slots(registry); slot++)
        if (row_at(state, slot) != NULL && !row_at(state, slot)->is_listed)
            (void)forget(state, slot);
}

void orch_state_switch(struct orch_state *state, struct orch_conf *conf, const size_t *slots) {
    struct orch_cache_limits limits = orch_state_limits_of(conf);
    lock(state);
    list_anew(state, conf, slots);
    orch_cache_limit(state->cache, &limits);
    state->conf->older = state->older;
    state->older = state->conf;
    state->conf = conf;
    unlock(state);
}

enum mcp_code orch_state_status(struct orch_state *state, bool is_open, json_t **out_status,
                                struct mcp_err *err) {
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_status_input input = {.is_initialized = is_open,
                                      .registry = state->registry,
                                      .cache = state->cache,
                                      .share = &state->share,
                                      .now_ms = now_ms};
    enum mcp_code code = orch_status_build(&input, out_status, err);
    unlock(state);
    return code;
}

enum mcp_code orch_state_effective(struct orch_state *state, json_t **out_configuration,
                                   struct mcp_err *err) {
    lock(state);
    bool is_loaded = state->conf != NULL;
    size_t refused = mcp_alloc_refusals();
    json_t *copy = is_loaded ? json_deep_copy(state->conf->effective) : NULL;
    bool is_whole = mcp_alloc_refusals() == refused;
    unlock(state);
    if (is_loaded && (copy == NULL || !is_whole)) {
        json_decref(copy);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    *out_configuration = copy;
    return MCP_OK;
}
