/* SPDX-License-Identifier: MIT */
/* store.c - see store.h. */
#include "product_metadata/store.h"

#include <pthread.h>

#include "mcp/alloc.h"
#include "product_metadata/summary.h"

struct product_store {
    pthread_mutex_t lock; /* guards: current, degraded, status */
    struct product_snapshot *current;
    struct mcp_blob *degraded; /* the summary after a failed reload; else NULL */
    struct product_store_status status;
};

enum mcp_code product_store_new(struct product_store **out_store, struct mcp_err *err) {
    struct product_store *store = mcp_alloc(sizeof *store);
    if (store == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    (void)pthread_mutex_init(&store->lock, NULL);
    *out_store = store;
    return MCP_OK;
}

void product_store_free(struct product_store *store) {
    if (store == NULL)
        return;
    product_snapshot_unref(store->current);
    mcp_blob_unref(store->degraded);
    (void)pthread_mutex_destroy(&store->lock);
    mcp_free(store);
}

void product_store_freep(struct product_store **store) {
    product_store_free(*store);
}

struct product_snapshot *product_store_get(struct product_store *store) {
    (void)pthread_mutex_lock(&store->lock);
    struct product_snapshot *current = product_snapshot_ref(store->current);
    (void)pthread_mutex_unlock(&store->lock);
    return current;
}

void product_store_put(struct product_store *store, struct product_snapshot *snapshot,
                       int64_t now_wall_ms) {
    (void)pthread_mutex_lock(&store->lock);
    struct product_snapshot *former = store->current;
    struct mcp_blob *degraded = store->degraded;
    store->degraded = NULL;
    store->current = snapshot;
    store->status.load_count++;
    store->status.loaded_wall_ms = now_wall_ms;
    store->status.failed_wall_ms = 0;
    store->status.failure = (struct mcp_err){0};
    (void)pthread_mutex_unlock(&store->lock);
    product_snapshot_unref(former);
    mcp_blob_unref(degraded);
}

/* Only the one who reloads calls put and fail, so nothing changes between the two locks. When there
 * is no memory for the summary, the former one stays; the health answer says what is wrong. */
void product_store_fail(struct product_store *store, const struct mcp_err *why,
                        int64_t now_wall_ms) {
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *degraded = NULL;
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *current = NULL;
    struct product_store_status status;
    (void)pthread_mutex_lock(&store->lock);
    store->status.failure_count++;
    store->status.failed_wall_ms = now_wall_ms;
    store->status.failure = *why;
    status = store->status;
    current = product_snapshot_ref(store->current);
    (void)pthread_mutex_unlock(&store->lock);
    if (current == NULL ||
        product_summary_encode(product_snapshot_model(current), &status, &degraded, NULL) != MCP_OK)
        return;
    (void)pthread_mutex_lock(&store->lock);
    struct mcp_blob *former = store->degraded;
    store->degraded = MCP_TAKE(degraded);
    (void)pthread_mutex_unlock(&store->lock);
    mcp_blob_unref(former);
}

struct mcp_blob *product_store_contents(struct product_store *store,
                                        enum product_resource resource) {
    struct mcp_blob *contents = NULL;
    (void)pthread_mutex_lock(&store->lock);
    if (resource == PRODUCT_RESOURCE_SUMMARY && store->degraded != NULL)
        contents = store->degraded;
    else if (store->current != NULL)
        contents = product_snapshot_contents(store->current, resource);
    contents = mcp_blob_ref(contents);
    (void)pthread_mutex_unlock(&store->lock);
    return contents;
}

void product_store_status(struct product_store *store, struct product_store_status *out_status,
                          struct product_snapshot **out_snapshot) {
    (void)pthread_mutex_lock(&store->lock);
    *out_status = store->status;
    *out_snapshot = product_snapshot_ref(store->current);
    (void)pthread_mutex_unlock(&store->lock);
}
