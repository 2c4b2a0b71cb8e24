/* SPDX-License-Identifier: MIT */
/* listing.h - every page of one list of a server. Layer: orchestrator. Includes: call cache_policy.
 */
#ifndef ORCH_LISTING_H
#define ORCH_LISTING_H

#include "client/pages.h"
#include "orchestrator/cache_policy.h"
#include "orchestrator/call.h"

/* All zero, or after deinit, it may begin. It must stay where it is until `done`. The loop's
 * thread.
 */
struct orch_listing {
    struct orch_upstream *upstream;
    const char *method;
    uint64_t deadline_ms;
    uint64_t serial; /* of the connection */
    bool is_modern;  /* its revision says how long everything lives */
    struct mcp_pages *pages;
    struct orch_cache_policy policy; /* what the pages say, for who reads on */
    /* Once, with every page or with what failed; deinit may be called from it. */
    void (*done)(struct orch_listing *listing, const struct mcp_err *why, bool is_lost);
    mcp_reply_fn *on_page;
};

/* What to ask, of whom, until when. */
struct orch_listing_order {
    struct orch_upstream *upstream; /* connected */
    const char *method;
    const char *key; /* of the items in a page */
    uint64_t deadline_ms;
    void (*done)(struct orch_listing *listing, const struct mcp_err *why, bool is_lost);
};

/* As mcp_pages_add for bounds and cursors that go in a circle. */
void orch_listing_begin(struct orch_listing *listing, const struct orch_listing_order *order);
void orch_listing_deinit(struct orch_listing *listing);

/* {key: [...]}, borrowed. */
const json_t *orch_listing_result(const struct orch_listing *listing);

#endif
