/* SPDX-License-Identifier: MIT */
/* state_parts.h - the inside of state.h, for its two files. Layer: orchestrator. Includes: state.
 */
#ifndef ORCH_STATE_PARTS_H
#define ORCH_STATE_PARTS_H

#include <pthread.h>

#include "orchestrator/state.h"

struct orch_state {
    pthread_mutex_t lock; /* guards: everything below */
    struct orch_conf *conf;
    struct orch_conf *older; /* put aside, newest first: somebody may still borrow from them */
    struct orch_registry *registry;
    struct orch_cache *cache;
    bool is_tolerant;
    bool is_patient;
    uint64_t *generations; /* by slot and holding */
    unsigned char *news;   /* by slot and holding: enum orch_news */
    bool has_news;
    struct orch_share_facts share;
};

enum orch_news { ORCH_NEWS_NONE, ORCH_NEWS_OUTDATED, ORCH_NEWS_FORGOTTEN };
enum { ORCH_STATE_KEY_BYTES = 160 };

/* All under the lock. */
struct orch_row *orch_state_row(const struct orch_state *state, size_t slot);
struct orch_cache_key orch_state_key(const struct orch_state *state, size_t slot,
                                     enum orch_holding holding, char out[ORCH_STATE_KEY_BYTES]);
struct orch_cache_limits orch_state_limits_of(const struct orch_conf *conf);
void orch_state_outdate(struct orch_state *state, size_t slot, enum orch_holding holding);
size_t orch_state_forget(struct orch_state *state, size_t slot, enum orch_holding holding);
void orch_state_note_news(struct orch_state *state, size_t slot, enum orch_holding holding,
                          bool is_forgotten);

#endif
