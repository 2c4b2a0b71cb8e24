/* SPDX-License-Identifier: MIT */
/* health.h - the answer to GET /health. Layer: product_metadata. Includes: base json. */
#ifndef PRODUCT_HEALTH_H
#define PRODUCT_HEALTH_H

#include "product_metadata/store.h"

struct product_health {
    const char *name;
    const char *version;
    uint64_t uptime_ms;
    bool is_stopping;
    const struct product_store_status *status;
    const struct product_snapshot *snapshot; /* NULL: none is loaded */
};

/*
 * Append the body; returns the HTTP status: 200, or 503 while stopping and before anything is
 * loaded. "status" is "ok", "degraded" (the last reload failed; the former metadata is served),
 * "starting" or "stopping". The file's directory is not told.
 */
unsigned product_health_write(const struct product_health *health, struct mcp_buf *out);

#endif
