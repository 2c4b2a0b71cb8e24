/* SPDX-License-Identifier: MIT */
/* status.h - the answer of orch_get_status. Layer: orchestrator. Includes: registry cache
 * share_plan. */
#ifndef ORCH_STATUS_H
#define ORCH_STATUS_H

#include "orchestrator/cache.h"
#include "orchestrator/registry.h"
#include "orchestrator/share_plan.h"

/* What is shown. */
struct orch_status_input {
    bool is_initialized;
    const struct orch_registry *registry; /* NULL before the configuration is loaded: no servers */
    const struct orch_cache *cache;       /* NULL before the configuration is loaded */
    const struct orch_share_facts *share; /* NULL: the cache is in memory alone */
    uint64_t now_ms;                      /* monotonic: ages and pauses are as of now */
};

/* *out_status is a new object, as orch_get_status describes. errors: NOMEM. */
enum mcp_code orch_status_build(const struct orch_status_input *input, json_t **out_status,
                                struct mcp_err *err) MCP_CHECK;

/* Under which name the cache has what a server holds; room for 160 bytes is enough. Returns out. */
const char *orch_status_cache_key(const struct orch_server *server, bool is_tools, char *out,
                                  size_t room);

/*
 * What is wrong with servers, of a status: a new array of {"id", "name", "flaw": "unreachable",
 * "error"} and {"id", "name", "flaw": "capability", "capability": WORD, "error"}, in its order.
 * NULL when memory is short.
 */
json_t *orch_status_flaws(const json_t *status);

#endif
