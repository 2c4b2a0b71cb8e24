/* SPDX-License-Identifier: MIT */
/* store.c - see store.h. */
#include "product_metadata/store.h"

#include <pthread.h>

#include "mcp/alloc.h"

struct product_store {
    pthread_mutex_t lock; /* guards: current, status */
    struct product_snapshot *current;
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
    store->current = snapshot;
    store->status.load_count++;
    store->status.loaded_wall_ms = now_wall_ms;
    store->status.failed_wall_ms = 0;
    store->status.failure = (struct mcp_err){0};
    (void)pthread_mutex_unlock(&store->lock);
    product_snapshot_unref(former);
}

void product_store_fail(struct product_store *store, const struct mcp_err *why,
                        int64_t now_wall_ms) {
    (void)pthread_mutex_lock(&store->lock);
    store->status.failure_count++;
    store->status.failed_wall_ms = now_wall_ms;
    store->status.failure = *why;
    (void)pthread_mutex_unlock(&store->lock);
}

void product_store_status(struct product_store *store, struct product_store_status *out_status,
                          struct product_snapshot **out_snapshot) {
    (void)pthread_mutex_lock(&store->lock);
    *out_status = store->status;
    *out_snapshot = product_snapshot_ref(store->current);
    (void)pthread_mutex_unlock(&store->lock);
}
