/* SPDX-License-Identifier: MIT */
/* key_store.c - see key_store.h. Pure: no I/O, no clock, no log. */
#include "oauth/key_store.h"

#include <assert.h>

static uint64_t or_default(uint64_t given, uint64_t otherwise) {
    return given > 0 ? given : otherwise;
}

static uint64_t later(uint64_t now_ms, uint64_t wait_ms) {
    return wait_ms < UINT64_MAX - now_ms ? now_ms + wait_ms : UINT64_MAX;
}

void oauth_key_store_init(struct oauth_key_store *store, const struct oauth_key_times *times,
                          uint64_t now_ms) {
    *store = (struct oauth_key_store){.due_ms = now_ms};
    store->times = (struct oauth_key_times){.max_age_ms = or_default(times->max_age_ms, 600000),
                                            .unknown_ms = or_default(times->unknown_ms, 300000),
                                            .retry_ms = or_default(times->retry_ms, 5000),
                                            .max_retry_ms = or_default(times->max_retry_ms, 60000),
                                            .usable_ms = or_default(times->usable_ms, 3600000)};
}

void oauth_key_store_deinit(struct oauth_key_store *store) {
    oauth_jwks_freep(&store->keys);
}

uint64_t oauth_key_store_due(const struct oauth_key_store *store) {
    return store->is_fetching ? UINT64_MAX : store->due_ms;
}

void oauth_key_store_begin(struct oauth_key_store *store) {
    assert(!store->is_fetching);
    store->is_fetching = true;
}

void oauth_key_store_took(struct oauth_key_store *store, struct oauth_jwks *keys, uint64_t fresh_ms,
                          uint64_t now_ms) {
    assert(store->is_fetching && keys != NULL);
    oauth_jwks_free(store->keys);
    store->keys = keys;
    store->taken_ms = now_ms;
    store->due_ms = later(now_ms, or_default(fresh_ms, store->times.max_age_ms));
    store->failures = 0;
    store->is_fetching = false;
}

void oauth_key_store_failed(struct oauth_key_store *store, uint64_t now_ms) {
    assert(store->is_fetching);
    uint64_t wait_ms = store->times.retry_ms;
    for (unsigned i = 0; i < store->failures && wait_ms < store->times.max_retry_ms; i++)
        wait_ms = wait_ms < UINT64_MAX / 2 ? wait_ms * 2 : UINT64_MAX;
    if (wait_ms > store->times.max_retry_ms)
        wait_ms = store->times.max_retry_ms;
    store->due_ms = later(now_ms, wait_ms);
    store->failures += store->failures < 64; /* doubled so often it is over any bound */
    store->is_fetching = false;
}

void oauth_key_store_hurry(struct oauth_key_store *store, uint64_t now_ms) {
    if (store->due_ms > now_ms)
        store->due_ms = now_ms;
}

bool oauth_key_store_unknown(struct oauth_key_store *store, uint64_t now_ms) {
    if (store->is_fetching || store->failures > 0 || store->due_ms <= now_ms ||
        now_ms < store->unknown_due_ms)
        return false;
    store->due_ms = now_ms;
    store->unknown_due_ms = later(now_ms, store->times.unknown_ms);
    return true;
}

const struct oauth_jwks *oauth_key_store_keys(const struct oauth_key_store *store,
                                              uint64_t now_ms) {
    if (store->keys == NULL || now_ms - store->taken_ms >= store->times.usable_ms)
        return NULL;
    return store->keys;
}
