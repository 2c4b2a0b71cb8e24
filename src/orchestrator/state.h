/* SPDX-License-Identifier: MIT */
/* state.h - the tables of one orchestrator and their lock. Layer: orchestrator. Includes: cache
 * conf registry share_plan. */
#ifndef ORCH_STATE_H
#define ORCH_STATE_H

#include "orchestrator/cache.h"
#include "orchestrator/conf.h"
#include "orchestrator/registry.h"
#include "orchestrator/share_plan.h"

enum { ORCH_MAX_SLOTS = 2 * ORCH_MAX_SERVERS }; /* those of the file and those being closed */

/*
 * Holds the configuration, registry and cache. Every function takes the lock for itself and calls
 * nobody while it has it.
 *
 * A server has a slot for as long as it is reached in the same way. When the configuration changes
 * under those inside, the slots that are not listed any more stay until all of them have left:
 * nothing is cached of them, and no status shows them.
 */
struct orch_state;

enum mcp_code orch_state_new(struct orch_state **out_state, struct mcp_err *err) MCP_CHECK;
void orch_state_free(struct orch_state *state); /* nobody may be inside */

/* Nobody inside: replace configuration, registry and cache. `conf` is taken on success. */
enum mcp_code orch_state_install(struct orch_state *state, struct orch_conf *conf,
                                 struct mcp_err *err) MCP_CHECK;

/* Nobody inside: empty the cache, close the breakers, drop what is not listed. */
void orch_state_clear(struct orch_state *state);

/* A change of the configuration, one thread at a time. A reserved slot is not listed; release frees
 * it, as it does one that was listed and that nobody uses any more. */
enum mcp_code orch_state_reserve(struct orch_state *state, const struct orch_server *server,
                                 size_t *out_slot, struct mcp_err *err) MCP_CHECK;
void orch_state_release(struct orch_state *state, size_t slot);
bool orch_state_is_listed(struct orch_state *state, size_t slot);

/* Slot of each server by its place in the file; room for as many as there are. */
void orch_state_places(struct orch_state *state, size_t *out_slots);

/* From now on `conf`, which is taken, with slots[place] for each server. What it replaces is put
 * aside. What is cached of a slot that is listed no more goes. */
void orch_state_switch(struct orch_state *state, struct orch_conf *conf, const size_t *slots);

/* Free configurations put aside that no row borrows from; nobody is inside who entered before the
 * last switch. */
void orch_state_drop_unused(struct orch_state *state);

/* For the busy thread, those inside and who changes it; valid until they leave. NULL before
 * install. */
const struct orch_conf *orch_state_conf(struct orch_state *state);

/* fail_fast of the configuration, unless failures are tolerated. */
void orch_state_tolerate(struct orch_state *state);
bool orch_state_fails_fast(struct orch_state *state);

/* Opening waits for no server. */
void orch_state_be_patient(struct orch_state *state);
bool orch_state_is_patient(struct orch_state *state);

/* Servers in order of priority, of one domain or (NULL) all; *out_picks is the caller's. */
struct orch_pick {
    const struct orch_server *server; /* valid until the call leaves */
    size_t slot;
    size_t rank; /* place in the order */
    bool is_connected;
};
enum mcp_code orch_state_pick(struct orch_state *state, const char *domain,
                              struct orch_pick **out_picks, size_t *out_count,
                              struct mcp_err *err) MCP_CHECK;

/* `declared` is taken: the server's capabilities, shared with nobody; NULL: not known. */
void orch_state_mark_connected(struct orch_state *state, size_t slot,
                               const struct orch_link_facts *facts, json_t *declared);
void orch_state_mark_disconnected(struct orch_state *state, size_t slot, const struct mcp_err *why);

/* Why it is not connected: the last error, or STATE when there is none. */
void orch_state_why(struct orch_state *state, size_t slot, struct mcp_err *out_why);

/* How a request, or a connection, went. note->random is filled in. */
void orch_state_note(struct orch_state *state, size_t slot, const struct orch_note *note);

/* The breaker of a server. False: it is open, and *out_why says why. */
bool orch_state_may_ask(struct orch_state *state, size_t slot, struct mcp_err *out_why);
uint64_t orch_state_breaker_wait(struct orch_state *state, size_t slot);

/* What its child wrote last. */
void orch_state_set_tail(struct orch_state *state, size_t slot, const char *tail);

/* What is cached of a server. */
enum orch_holding { ORCH_RESOURCES, ORCH_TOOLS, ORCH_HOLDINGS };

struct orch_value *orch_state_cached(struct orch_state *state, size_t slot,
                                     enum orch_holding holding); /* counted; new reference */
/* After a miss, as orch_cache_stale. */
struct orch_value *orch_state_stale(struct orch_state *state, size_t slot,
                                    enum orch_holding holding, bool on_error, uint64_t *out_age_ms);
struct orch_value *orch_state_peek(struct orch_state *state, size_t slot,
                                   enum orch_holding holding); /* not counted */

/* Grows with every invalidation: what was fetched under an older one is outdated. */
uint64_t orch_state_generation(struct orch_state *state, size_t slot, enum orch_holding holding);

/* Cache `value` unless the generation has changed meanwhile or memory is short. Its tools are noted
 * for the status in every case. */
void orch_state_put(struct orch_state *state, size_t slot, enum orch_holding holding,
                    uint64_t generation, struct orch_value *value,
                    const struct orch_cache_terms *terms);

/* What is cached of a server is outdated: it may be given on an error only. */
void orch_state_expire(struct orch_state *state, size_t slot, enum orch_holding holding);

/* One server by slot; by id or display name; all when NULL. How many entries went. */
size_t orch_state_invalidate_slot(struct orch_state *state, size_t slot);
size_t orch_state_invalidate(struct orch_state *state, const char *server);

/* For a cache that is shared with other processes; see share.h. */

struct orch_cache_limits orch_state_limits(struct orch_state *state);

/* What was invalidated here and is to be told to others. */
struct orch_state_news {
    size_t slot;
    enum orch_holding holding;
    bool is_forgotten; /* else it is outdated */
};

/* At most `room`, which are then no news any more; how many. Room left over: there are no more. */
size_t orch_state_take_news(struct orch_state *state, struct orch_state_news *out, size_t room);
void orch_state_keep_news(struct orch_state *state, const struct orch_state_news *news);

/* Another process says so: no news. */
void orch_state_hear(struct orch_state *state, size_t slot, enum orch_holding holding,
                     bool is_forgotten);

/* Nobody told us of changes for a while: what is cached is good on an error only. */
void orch_state_doubt(struct orch_state *state);

/* Cache what another process read, unless it was invalidated since `generation`. */
struct orch_state_found {
    size_t slot;
    enum orch_holding holding;
    uint64_t generation;
    uint64_t age_ms;
    bool is_outdated;
    bool is_spare; /* of use only where there is nothing */
    struct orch_cache_terms terms;
};
void orch_state_adopt(struct orch_state *state, const struct orch_state_found *found,
                      struct orch_value *value);

void orch_state_note_share(struct orch_state *state, const struct orch_share_facts *facts);

enum mcp_code orch_state_status(struct orch_state *state, bool is_open, json_t **out_status,
                                struct mcp_err *err) MCP_CHECK;

/* A copy of the effective configuration; *out is NULL before install. */
enum mcp_code orch_state_effective(struct orch_state *state, json_t **out_configuration,
                                   struct mcp_err *err) MCP_CHECK;

#endif
