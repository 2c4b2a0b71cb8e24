/* SPDX-License-Identifier: MIT */
/* state.h - the tables of one orchestrator and their lock. Layer: orchestrator. Includes: status.
 */
#ifndef ORCH_STATE_H
#define ORCH_STATE_H

#include "orchestrator/cache.h"
#include "orchestrator/conf.h"
#include "orchestrator/registry.h"

/*
 * Holds the configuration, registry, cache and life cycle. Every function takes the lock for
 * itself and calls nobody while it has it.
 *
 * Life cycle: CLOSED -> (one thread is busy opening) -> OPEN -> (busy closing) -> CLOSED. Calls
 * that use connections enter and leave; closing waits until all have left.
 */
struct orch_state;

enum mcp_code orch_state_new(struct orch_state **out_state, struct mcp_err *err) MCP_CHECK;
void orch_state_free(struct orch_state *state); /* nobody may be inside */

enum orch_entry {
    ORCH_ENTERED,    /* open: call leave when done */
    ORCH_MUST_OPEN,  /* closed: this thread is now busy and must call opened or not_opened */
    ORCH_NOT_OPENED, /* waited for a thread that failed to open: its failure is in *error */
};
enum orch_entry orch_state_enter(struct orch_state *state, struct orch_error *error) MCP_CHECK;
void orch_state_leave(struct orch_state *state);

/* The busy thread's outcome. opened: it has entered too. */
void orch_state_opened(struct orch_state *state);
void orch_state_not_opened(struct orch_state *state, const struct orch_error *why);

/* Become busy to read the configuration: false while open. Ends with loaded. */
bool orch_state_begin_load(struct orch_state *state) MCP_CHECK;
void orch_state_loaded(struct orch_state *state);

/* Become busy to close: false when nothing is open. Ends with closed. */
bool orch_state_begin_close(struct orch_state *state) MCP_CHECK;
void orch_state_wait_until_left(struct orch_state *state); /* all that entered have left */
void orch_state_closed(struct orch_state *state);          /* empties the cache too */

/* The busy thread only: replace configuration, registry and cache. `conf` is taken on success. */
enum mcp_code orch_state_install(struct orch_state *state, struct orch_conf *conf,
                                 struct mcp_err *err) MCP_CHECK;

/* For the busy thread and those inside; valid until they leave. NULL before install. */
const struct orch_conf *orch_state_conf(struct orch_state *state);

/* fail_fast of the configuration, unless failures are tolerated. */
void orch_state_tolerate(struct orch_state *state);
bool orch_state_fails_fast(struct orch_state *state);

/* Slots in order of priority, of one domain or (NULL) all; room for conf->server_count. */
struct orch_pick {
    size_t slot;
    size_t rank; /* place in the order */
    bool is_connected;
};
size_t orch_state_pick(struct orch_state *state, const char *domain, struct orch_pick *out_picks);

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

enum mcp_code orch_state_status(struct orch_state *state, json_t **out_status,
                                struct mcp_err *err) MCP_CHECK;

/* A copy of the effective configuration; *out is NULL before install. */
enum mcp_code orch_state_effective(struct orch_state *state, json_t **out_configuration,
                                   struct mcp_err *err) MCP_CHECK;

#endif
