/* SPDX-License-Identifier: MIT */
/* resources.h - the metadata as MCP resources. Layer: product_metadata. Includes: server. */
#ifndef PRODUCT_RESOURCES_H
#define PRODUCT_RESOURCES_H

#include "mcp/server.h"
#include "product_metadata/store.h"

enum { PRODUCT_RESOURCES_MAX_COMPARED = 1000 }; /* subscribed views looked at in one swap */

/* Register the three resources and the views' templates; `store` must outlive the server. */
enum mcp_code product_resources_add(struct mcp_server *server, struct product_store *store,
                                    struct mcp_err *err) MCP_CHECK;

/* Tell subscribers of those resources and views whose bytes differ; `before` may be NULL: all. Not
 * of the summary, which a failed reload changes, too: that is reload.c's. */
void product_resources_tell(struct mcp_server *server, const struct product_snapshot *before,
                            const struct product_snapshot *after);

#endif
