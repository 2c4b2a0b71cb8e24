/* SPDX-License-Identifier: MIT */
/* fetch.h - everything one server holds, once for all who ask. Layer: orchestrator. Includes:
 * call merge. */
#ifndef ORCH_FETCH_H
#define ORCH_FETCH_H

#include "orchestrator/call.h"
#include "orchestrator/value.h"

/*
 * Fetches of one upstream: connect when needed, list all pages, read everything with at most
 * ORCH_READS_IN_FLIGHT requests at a time, put it into the cache. Who asks for the same thing
 * while a fetch is under way joins it, unless the cache entry was invalidated since it began. A
 * connection that turns out dead is made again once.
 *
 *   thread  the loop's, except new and free
 */
struct orch_fetcher;

/* Waits for a fetch; lives in the caller until `done`, which comes exactly once. */
struct orch_asker {
    /* value: {"resources": {name: value}, "errors": [...], "uris": {uri: true}} or {"tools":
     * [...]}, borrowed; NULL: why says what failed */
    void (*done)(struct orch_asker *asker, struct orch_value *value, const struct mcp_err *why);
    uint64_t since_ms; /* when the caller began, as orch_upstream_connect wants it */
    struct orch_asker *next;
};

enum mcp_code orch_fetcher_new(struct orch_upstream *upstream, struct orch_fetcher **out_fetcher,
                               struct mcp_err *err) MCP_CHECK;
void orch_fetcher_free(struct orch_fetcher *fetcher); /* nothing may be under way */

void orch_fetcher_ask(struct orch_fetcher *fetcher, enum orch_holding holding,
                      struct orch_asker *asker);

#endif
