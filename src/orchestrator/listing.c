/* SPDX-License-Identifier: MIT */
/* listing.c - see listing.h. */
#include "orchestrator/listing.h"

#include "mcp/clock.h"

static void fail_with(struct orch_listing *listing, enum mcp_code code, const char *what,
                      bool is_lost) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, code, "%s", what);
    listing->done(listing, &err, is_lost);
}

/* Ask for the page behind `cursor`; NULL: the first. */
static void ask_page(struct orch_listing *listing, json_t *cursor) {
    json_auto_t *params = cursor != NULL ? json_pack("{s:O}", "cursor", cursor) : NULL;
    uint64_t now_ms = mcp_clock_now_ms();
    uint64_t left_ms = listing->deadline_ms > now_ms ? listing->deadline_ms - now_ms : 0;
    if (cursor != NULL && params == NULL)
        fail_with(listing, MCP_E_NOMEM, "out of memory", false);
    else if (orch_upstream_is_gone(listing->upstream, listing->serial))
        fail_with(listing, MCP_E_IO, "the connection was lost while listing", true);
    else
        orch_call_send(listing->upstream, listing->method, params, left_ms, listing->on_page,
                       listing);
}

/* The connection, not the request, is at fault. */
static bool is_lost(const struct orch_listing *listing, const struct mcp_reply *reply) {
    return reply->rpc_error == NULL &&
           (reply->code == MCP_E_IO || orch_upstream_is_gone(listing->upstream, listing->serial));
}

static void on_page(const struct mcp_reply *reply, void *user) {
    struct orch_listing *listing = user;
    json_auto_t *cursor = NULL;
    struct mcp_err err = {0};
    if (reply->code != MCP_OK) {
        err = *reply->err;
        listing->done(listing, &err, is_lost(listing, reply));
        return;
    }
    if (mcp_pages_add(listing->pages, reply->result, &cursor, &err) != MCP_OK) {
        (void)mcp_err_at(&err, err.code, "%s", listing->method);
        listing->done(listing, &err, false);
        return;
    }
    orch_cache_policy_add(&listing->policy, reply->result, listing->is_modern);
    if (cursor != NULL)
        ask_page(listing, cursor);
    else
        listing->done(listing, NULL, false);
}

void orch_listing_begin(struct orch_listing *listing, const struct orch_listing_order *order) {
    struct mcp_err err = {0};
    const struct mcp_client *client = mcp_dial_client(orch_upstream_dial(order->upstream));
    *listing = (struct orch_listing){
        .upstream = order->upstream,
        .method = order->method,
        .deadline_ms = order->deadline_ms,
        .serial = orch_upstream_serial(order->upstream),
        .is_modern = mcp_version_info(mcp_client_version(client))->is_modern,
        .policy = ORCH_CACHE_POLICY_INIT,
        .done = order->done,
        .on_page = on_page,
    };
    if (mcp_pages_new(order->key, 0, 0, &listing->pages, &err) != MCP_OK)
        listing->done(listing, &err, false);
    else
        ask_page(listing, NULL);
}

void orch_listing_deinit(struct orch_listing *listing) {
    mcp_pages_free(listing->pages);
    listing->pages = NULL;
    listing->policy = (struct orch_cache_policy)ORCH_CACHE_POLICY_INIT;
}

const json_t *orch_listing_result(const struct orch_listing *listing) {
    return mcp_pages_result(listing->pages);
}
