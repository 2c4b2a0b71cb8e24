/* SPDX-License-Identifier: MIT */
/* status.h - the answer of orch_get_status. Layer: orchestrator. Includes: registry cache. */
#ifndef ORCH_STATUS_H
#define ORCH_STATUS_H

#include "orchestrator/cache.h"
#include "orchestrator/registry.h"

/*
 *   in   registry  NULL before the configuration is loaded: no servers
 *        stats     NULL before the configuration is loaded
 *   out  *out_status  a new object, as orch_get_status describes
 */
enum mcp_code orch_status_build(bool is_initialized, const struct orch_registry *registry,
                                const struct orch_cache_stats *stats, json_t **out_status,
                                struct mcp_err *err) MCP_CHECK;

/*
 * What is wrong with servers, of a status: a new array of {"id", "name", "flaw": "unreachable",
 * "error"} and {"id", "name", "flaw": "capability", "capability": WORD, "error"}, in its order.
 * NULL when memory is short.
 */
json_t *orch_status_flaws(const json_t *status);

#endif
