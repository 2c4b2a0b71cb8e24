/* SPDX-License-Identifier: MIT */
/* state.c - see state.h. */
#include "orchestrator/state.h"

#include <pthread.h>
#include <stdio.h>

#include "base/random.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "orchestrator/orch_error.h"
#include "orchestrator/status.h"

enum phase { CLOSED, OPENING, OPEN, CLOSING };

struct orch_state {
    pthread_mutex_t lock; /* guards: everything below */
    pthread_cond_t changed;
    enum phase phase;
    size_t inside;          /* calls that entered and have not left */
    uint64_t failed_opens;  /* how often opening failed, so that a waiter sees that it did */
    struct orch_error why;  /* of the last failed opening */
    struct orch_conf *conf; /* the pointer changes only while OPENING */
    struct orch_registry *registry;
    struct orch_cache *cache;
    bool is_tolerant;
    uint64_t *generations; /* by slot and holding */
};

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
    (void)pthread_cond_init(&state->changed, NULL);
    *out_state = state;
    return MCP_OK;
}

static void drop_tables(struct orch_state *state) {
    orch_cache_free(state->cache);
    orch_registry_free(state->registry);
    orch_conf_free(state->conf);
    mcp_free(state->generations);
}

void orch_state_free(struct orch_state *state) {
    if (state == NULL)
        return;
    drop_tables(state);
    orch_error_deinit(&state->why);
    (void)pthread_cond_destroy(&state->changed);
    (void)pthread_mutex_destroy(&state->lock);
    mcp_free(state);
}

static void wait_while_busy(struct orch_state *state) {
    while (state->phase == OPENING || state->phase == CLOSING)
        (void)pthread_cond_wait(&state->changed, &state->lock);
}

static void enter_phase(struct orch_state *state, enum phase phase) {
    state->phase = phase;
    (void)pthread_cond_broadcast(&state->changed);
}

enum orch_entry orch_state_enter(struct orch_state *state, struct orch_error *error) {
    enum orch_entry entry = ORCH_ENTERED;
    lock(state);
    uint64_t failed_before = state->failed_opens;
    wait_while_busy(state);
    if (state->phase == OPEN) {
        state->inside++;
    } else if (state->failed_opens != failed_before) {
        entry = ORCH_NOT_OPENED;
        orch_error_copy(&state->why, error);
    } else {
        entry = ORCH_MUST_OPEN;
        enter_phase(state, OPENING);
    }
    unlock(state);
    return entry;
}

void orch_state_leave(struct orch_state *state) {
    lock(state);
    state->inside--;
    (void)pthread_cond_broadcast(&state->changed);
    unlock(state);
}

void orch_state_opened(struct orch_state *state) {
    lock(state);
    state->inside++;
    enter_phase(state, OPEN);
    unlock(state);
}

void orch_state_not_opened(struct orch_state *state, const struct orch_error *why) {
    lock(state);
    state->failed_opens++;
    orch_error_deinit(&state->why);
    orch_error_copy(why, &state->why);
    enter_phase(state, CLOSED);
    unlock(state);
}

bool orch_state_begin_load(struct orch_state *state) {
    lock(state);
    wait_while_busy(state);
    bool is_closed = state->phase == CLOSED;
    if (is_closed)
        enter_phase(state, OPENING);
    unlock(state);
    return is_closed;
}

void orch_state_loaded(struct orch_state *state) {
    lock(state);
    enter_phase(state, CLOSED);
    unlock(state);
}

bool orch_state_begin_close(struct orch_state *state) {
    lock(state);
    wait_while_busy(state);
    bool is_open = state->phase == OPEN;
    if (is_open)
        enter_phase(state, CLOSING);
    unlock(state);
    return is_open;
}

void orch_state_wait_until_left(struct orch_state *state) {
    lock(state);
    while (state->inside > 0)
        (void)pthread_cond_wait(&state->changed, &state->lock);
    unlock(state);
}

void orch_state_closed(struct orch_state *state) {
    lock(state);
    (void)orch_cache_clear(state->cache);
    for (size_t slot = 0; slot < orch_registry_count(state->registry); slot++)
        orch_registry_change(state->registry, slot)->traffic.breaker = (struct orch_breaker){0};
    enter_phase(state, CLOSED);
    unlock(state);
}

static enum mcp_code fill_registry(const struct orch_conf *conf, struct orch_registry *registry,
                                   struct mcp_err *err) {
    for (size_t slot = 0; slot < conf->server_count; slot++)
        MCP_TRY(orch_registry_add(registry, &conf->servers[slot], err));
    return MCP_OK;
}

static struct orch_cache_limits limits_of(const struct orch_conf *conf) {
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
    MCP_TRY(orch_registry_new(conf->server_count, &registry, err));
    MCP_TRY(fill_registry(conf, registry, err));
    struct orch_cache_limits limits = limits_of(conf);
    MCP_TRY(orch_cache_new(&limits, &cache, err));
    uint64_t *generations =
        mcp_alloc((conf->server_count + 1) * ORCH_HOLDINGS * sizeof *generations);
    if (generations == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    lock(state);
    drop_tables(state);
    state->conf = conf;
    state->registry = MCP_TAKE(registry);
    state->cache = MCP_TAKE(cache);
    state->generations = generations;
    unlock(state);
    return MCP_OK;
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

bool orch_state_fails_fast(struct orch_state *state) {
    lock(state);
    bool fails_fast = state->conf->fail_fast && !state->is_tolerant;
    unlock(state);
    return fails_fast;
}

size_t orch_state_pick(struct orch_state *state, const char *domain, struct orch_pick *out_picks) {
    size_t count = 0;
    lock(state);
    const size_t *order = orch_registry_order(state->registry);
    for (size_t i = 0; i < orch_registry_count(state->registry); i++) {
        const struct orch_row *row = orch_registry_row(state->registry, order[i]);
        if (domain == NULL || orch_registry_has_domain(row->server, domain))
            out_picks[count++] = (struct orch_pick){order[i], i, row->is_connected};
    }
    unlock(state);
    return count;
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
    const struct orch_row *row = orch_registry_row(state->registry, slot);
    bool is_known = row->error_code != MCP_OK;
    (void)MCP_FAIL(&why, is_known ? row->error_code : MCP_E_STATE, "%s",
                   is_known ? row->error : "not connected");
    unlock(state);
    *out_why = why;
}

void orch_state_note(struct orch_state *state, size_t slot, const struct orch_note *note) {
    struct orch_note jittered = *note;
    uint64_t now_ms = mcp_clock_now_ms();
    if (mcp_random_fill(&jittered.random, sizeof jittered.random, NULL) != MCP_OK)
        jittered.random = 0;
    lock(state);
    orch_traffic_note(&orch_registry_change(state->registry, slot)->traffic, &jittered, now_ms);
    unlock(state);
}

bool orch_state_may_ask(struct orch_state *state, size_t slot, struct mcp_err *out_why) {
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_row *row = orch_registry_change(state->registry, slot);
    bool may =
        orch_traffic_may_ask(&row->traffic, row->error, now_ms, row->server->timeout_ms, out_why);
    unlock(state);
    return may;
}

uint64_t orch_state_breaker_wait(struct orch_state *state, size_t slot) {
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    uint64_t wait_ms =
        orch_breaker_wait_ms(&orch_registry_row(state->registry, slot)->traffic.breaker, now_ms);
    unlock(state);
    return wait_ms;
}

void orch_state_set_tail(struct orch_state *state, size_t slot, const char *tail) {
    lock(state);
    struct orch_row *row = orch_registry_change(state->registry, slot);
    (void)snprintf(row->stderr_tail, sizeof row->stderr_tail, "%s", tail);
    unlock(state);
}

enum { KEY_BYTES = 160 };

static const char *key_of(const struct orch_state *state, size_t slot, enum orch_holding holding,
                          char out[KEY_BYTES]) {
    const struct orch_row *row = orch_registry_row(state->registry, slot);
    return orch_status_cache_key(row->server, holding == ORCH_TOOLS, out, KEY_BYTES);
}

static struct orch_cache_key whole_key(const struct orch_state *state, size_t slot,
                                       enum orch_holding holding, char out[KEY_BYTES]) {
    const struct orch_row *row = orch_registry_row(state->registry, slot);
    return (struct orch_cache_key){key_of(state, slot, holding, out), row->server->who};
}

struct orch_value *orch_state_cached(struct orch_state *state, size_t slot,
                                     enum orch_holding holding) {
    char text[KEY_BYTES];
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_cache_key key = whole_key(state, slot, holding, text);
    struct orch_value *value = orch_cache_get(state->cache, &key, now_ms);
    struct orch_traffic *traffic = &orch_registry_change(state->registry, slot)->traffic;
    traffic->cache_hits += value != NULL;
    traffic->cache_misses += value == NULL;
    unlock(state);
    return value;
}

struct orch_value *orch_state_stale(struct orch_state *state, size_t slot,
                                    enum orch_holding holding, bool on_error,
                                    uint64_t *out_age_ms) {
    char text[KEY_BYTES];
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_cache_key key = whole_key(state, slot, holding, text);
    struct orch_value *value = orch_cache_stale(state->cache, &key, now_ms, on_error, out_age_ms);
    orch_registry_change(state->registry, slot)->traffic.cache_stale += value != NULL;
    unlock(state);
    return value;
}

struct orch_value *orch_state_peek(struct orch_state *state, size_t slot,
                                   enum orch_holding holding) {
    char text[KEY_BYTES];
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_cache_key key = whole_key(state, slot, holding, text);
    struct orch_value *value = orch_cache_peek(state->cache, &key, now_ms);
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
    char text[KEY_BYTES];
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
    char text[KEY_BYTES];
    lock(state);
    state->generations[slot * ORCH_HOLDINGS +
                       holding]++; /* what is being fetched may be of before the change */
    (void)orch_cache_expire(state->cache, key_of(state, slot, holding, text));
    unlock(state);
}

/* Under the lock. */
static size_t forget(struct orch_state *state, size_t slot) {
    char key[KEY_BYTES];
    for (size_t holding = 0; holding < ORCH_HOLDINGS; holding++)
        state->generations[slot * ORCH_HOLDINGS + holding]++;
    size_t gone = orch_cache_invalidate(state->cache, key_of(state, slot, ORCH_RESOURCES, key));
    return gone + orch_cache_invalidate(state->cache, key_of(state, slot, ORCH_TOOLS, key));
}

size_t orch_state_invalidate_slot(struct orch_state *state, size_t slot) {
    lock(state);
    size_t gone = forget(state, slot);
    unlock(state);
    return gone;
}

size_t orch_state_invalidate(struct orch_state *state, const char *server) {
    size_t gone = 0;
    size_t slot = 0;
    lock(state);
    if (state->registry != NULL && server == NULL)
        for (size_t i = 0; i < orch_registry_count(state->registry); i++)
            gone += forget(state, i);
    else if (state->registry != NULL && orch_registry_find(state->registry, server, &slot))
        gone = forget(state, slot);
    unlock(state);
    return gone;
}

enum mcp_code orch_state_status(struct orch_state *state, json_t **out_status,
                                struct mcp_err *err) {
    uint64_t now_ms = mcp_clock_now_ms();
    lock(state);
    struct orch_status_input input = {.is_initialized = state->phase == OPEN,
                                      .registry = state->registry,
                                      .cache = state->cache,
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
