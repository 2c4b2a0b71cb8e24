/* SPDX-License-Identifier: MIT */
/* store.h - the metadata being served, and how the last reload went. Layer: product_metadata. */
#ifndef PRODUCT_STORE_H
#define PRODUCT_STORE_H

#include "product_metadata/snapshot.h"

struct product_store;

/* errors: NOMEM. */
enum mcp_code product_store_new(struct product_store **out_store, struct mcp_err *err) MCP_CHECK;
void product_store_free(struct product_store *store);
void product_store_freep(struct product_store **store);

/* The current snapshot with a reference for the caller; NULL before the first. Any thread. */
struct product_snapshot *product_store_get(struct product_store *store);

/* Serve `snapshot` (taken) from now on; forgets the last failure. */
void product_store_put(struct product_store *store, struct product_snapshot *snapshot,
                       int64_t now_wall_ms);

/* A reload failed: what was served before stays, but for the summary, which says so. */
void product_store_fail(struct product_store *store, const struct mcp_err *why,
                        int64_t now_wall_ms);

struct product_store_status {
    size_t load_count;      /* snapshots so far */
    size_t failure_count;   /* failed reloads so far */
    int64_t loaded_wall_ms; /* of the current snapshot */
    int64_t failed_wall_ms; /* of the last reload, when it failed; else 0 */
    struct mcp_err failure; /* why, when it failed */
};

/* A resource's `contents` as served now, with a reference for the caller; NULL before the first
 * snapshot. Any thread. */
struct mcp_blob *product_store_contents(struct product_store *store,
                                        enum product_resource resource);

/* A copy of the state at one moment; *out_snapshot as product_store_get. Any thread. */
void product_store_status(struct product_store *store, struct product_store_status *out_status,
                          struct product_snapshot **out_snapshot);

#endif
