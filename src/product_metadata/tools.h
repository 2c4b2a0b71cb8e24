/* SPDX-License-Identifier: MIT */
/* tools.h - the metadata as MCP tools, for clients that use nothing else. Layer: product_metadata.
 * Includes: server. */
#ifndef PRODUCT_TOOLS_H
#define PRODUCT_TOOLS_H

#include "mcp/server.h"
#include "product_metadata/store.h"

/* Register resolve_terms and lookup_product; `store` must outlive the server. */
enum mcp_code product_tools_add(struct mcp_server *server, struct product_store *store,
                                struct mcp_err *err) MCP_CHECK;

#endif
