/* SPDX-License-Identifier: MIT */
/* state_share.c - see state.h and state_parts.h: what several processes have in common. */
#include "mcp/clock.h"
#include "orchestrator/state_parts.h"
#include "orchestrator/status.h"

static void lock(struct orch_state *state) {
    (void)pthread_mutex_lock(&state->lock);
}

static void unlock(struct orch_state *state) {
    (void)pthread_mutex_unlock(&state->lock);
}

struct orch_row *orch_state_row(const struct orch_state *state, size_t slot) {
    return orch_registry_change(state->registry, slot);
}

struct orch_cache_key orch_state_key(const struct orch_state *state, size_t slot,
                                     enum orch_holding holding, char out[ORCH_STATE_KEY_BYTES]) {
    const struct orch_server *server = orch_state_row(state, slot)->server;
    return (struct orch_cache_key){
        orch_status_cache_key(server, holding == ORCH_TOOLS, out, ORCH_STATE_KEY_BYTES),
        server->who};
}

static size_t index_of(size_t slot, enum orch_holding holding) {
    return slot * ORCH_HOLDINGS + holding;
}

void orch_state_outdate(struct orch_state *state, size_t slot, enum orch_holding holding) {
    char text[ORCH_STATE_KEY_BYTES];
    /* what is being fetched may be of before the change */
    state->generations[index_of(slot, holding)]++;
    if (orch_state_row(state, slot)->is_listed)
        (void)orch_cache_expire(state->cache, orch_state_key(state, slot, holding, text).name);
}

size_t orch_state_forget(struct orch_state *state, size_t slot, enum orch_holding holding) {
    char text[ORCH_STATE_KEY_BYTES];
    state->generations[index_of(slot, holding)]++;
    return orch_cache_invalidate(state->cache, orch_state_key(state, slot, holding, text).name);
}

void orch_state_note_news(struct orch_state *state, size_t slot, enum orch_holding holding,
                          bool is_forgotten) {
    unsigned char *news = &state->news[index_of(slot, holding)];
    state->has_news = true;
    if (*news != ORCH_NEWS_FORGOTTEN)
        *news = is_forgotten ? ORCH_NEWS_FORGOTTEN : ORCH_NEWS_OUTDATED;
}

struct orch_cache_limits orch_state_limits(struct orch_state *state) {
    lock(state);
    struct orch_cache_limits limits = orch_state_limits_of(state->conf);
    unlock(state);
    return limits;
}

size_t orch_state_take_news(struct orch_state *state, struct orch_state_news *out, size_t room) {
    size_t count = 0;
    size_t all = (size_t)ORCH_MAX_SLOTS * ORCH_HOLDINGS;
    lock(state);
    for (size_t i = 0; state->has_news && i < all && count < room; i++) {
        if (state->news[i] == ORCH_NEWS_NONE)
            continue;
        out[count++] =
            (struct orch_state_news){i / ORCH_HOLDINGS, (enum orch_holding)(i % ORCH_HOLDINGS),
                                     state->news[i] == ORCH_NEWS_FORGOTTEN};
        state->news[i] = ORCH_NEWS_NONE;
    }
    if (count < room)
        state->has_news = false;
    unlock(state);
    return count;
}

void orch_state_keep_news(struct orch_state *state, const struct orch_state_news *news) {
    lock(state);
    orch_state_note_news(state, news->slot, news->holding, news->is_forgotten);
    unlock(state);
}

void orch_state_hear(struct orch_state *state, size_t slot, enum orch_holding holding,
                     bool is_forgotten) {
    lock(state);
    if (orch_state_row(state, slot) != NULL && is_forgotten)
        (void)orch_state_forget(state, slot, holding);
    else if (orch_state_row(state, slot) != NULL)
        orch_state_outdate(state, slot, holding);
    unlock(state);
}

/* Fetches under way are as good as before. */
void orch_state_doubt(struct orch_state *state) {
    char text[ORCH_STATE_KEY_BYTES];
    lock(state);
    for (size_t i = 0; i < orch_registry_count(state->registry); i++) {
        size_t slot = orch_registry_order(state->registry)[i];
        for (int holding = 0; holding < ORCH_HOLDINGS; holding++)
            (void)orch_cache_expire(
                state->cache, orch_state_key(state, slot, (enum orch_holding)holding, text).name);
    }
    unlock(state);
}

void orch_state_adopt(struct orch_state *state, const struct orch_state_found *found,
                      struct orch_value *value) {
    char text[ORCH_STATE_KEY_BYTES];
    uint64_t now_ms = mcp_clock_now_ms();
    uint64_t stored_ms = now_ms > found->age_ms ? now_ms - found->age_ms : 0;
    lock(state);
    const struct orch_row *row = orch_state_row(state, found->slot);
    bool is_current =
        row != NULL && row->is_listed &&
        state->generations[index_of(found->slot, found->holding)] == found->generation;
    if (row != NULL && found->holding == ORCH_TOOLS && !found->is_outdated)
        orch_registry_set_tools(state->registry, found->slot, orch_value_ref(value));
    struct orch_cache_key key = {0};
    if (is_current)
        key = orch_state_key(state, found->slot, found->holding, text);
    if (is_current && !(found->is_spare && orch_cache_has(state->cache, key.name))) {
        /* without memory for an entry the next caller asks again */
        (void)(orch_cache_put(state->cache, &key, value, &found->terms, stored_ms, NULL) == MCP_OK);
        if (found->is_outdated)
            (void)orch_cache_expire(state->cache, key.name);
    }
    unlock(state);
}

void orch_state_note_share(struct orch_state *state, const struct orch_share_facts *facts) {
    lock(state);
    state->share = *facts;
    unlock(state);
}
