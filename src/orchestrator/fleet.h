/* SPDX-License-Identifier: MIT */
/* fleet.h - the connections to all servers, as threads outside the loop use them. Layer:
 * orchestrator. Includes: fetch reload_plan. */
#ifndef ORCH_FLEET_H
#define ORCH_FLEET_H

#include "orchestrator/fetch.h"
#include "orchestrator/reload_plan.h"

/*
 * One I/O loop with an upstream and a fetcher for each slot.
 *
 *   thread  open, end and free: one thread at a time; the others from any thread but the loop's
 */
struct orch_fleet;

/*
 * Connect to every server at once and wait for the outcome of each.
 *
 *   errors  CONNECTION, NO_SERVER as orch_initialize; OTHER; nothing is left open
 */
enum mcp_code orch_fleet_open(const struct orch_hub *hub, struct orch_fleet **out_fleet,
                              struct orch_error *error) MCP_CHECK;

/* End every connection: what others wait for ends with CANCELLED. Waits until nothing is left. */
void orch_fleet_end(struct orch_fleet *fleet);
void orch_fleet_free(struct orch_fleet *fleet); /* ended, and nobody uses it any more */

/* From the configuration in use to another. */
struct orch_fleet_change {
    const struct orch_reload_plan *plan;
    struct orch_conf *conf; /* taken on success */
    bool may_sweep;         /* nobody is inside who entered before the last change */
};

/*
 * Go over to another configuration: connections that stay are not touched, others are closed and
 * opened in the background. One thread at a time, beside those inside.
 *
 *   errors  LIMIT  too many servers of before are still being closed; NOMEM; then nothing changed
 */
enum mcp_code orch_fleet_change(struct orch_fleet *fleet, const struct orch_fleet_change *order,
                                struct mcp_err *err) MCP_CHECK;

struct orch_state *orch_fleet_state(const struct orch_fleet *fleet);
struct mcp_loop *orch_fleet_loop(const struct orch_fleet *fleet);
struct orch_fetcher *orch_fleet_fetcher(const struct orch_fleet *fleet, size_t slot);

/* One call's use of the connections. */
struct orch_visit {
    struct orch_fleet *fleet;
    uint64_t era;      /* for leaving */
    uint64_t since_ms; /* when the call began: connecting that failed since is not repeated */
    bool takes_stale;  /* what cannot be read may be stale instead */
};

/*
 * One request to one server, connecting first when needed; within the server's timeout each.
 *
 *   in   params       borrowed until this returns
 *   out  *out_result  a new object nobody else holds
 */
enum mcp_code orch_fleet_request(const struct orch_visit *visit, size_t slot, const char *method,
                                 const json_t *params, json_t **out_result,
                                 struct mcp_err *err) MCP_CHECK;

#endif
