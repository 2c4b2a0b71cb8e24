/* SPDX-License-Identifier: MIT */
/* reload.h - swap in the metadata file anew, or keep what there is. Layer: product_metadata. */
#ifndef PRODUCT_RELOAD_H
#define PRODUCT_RELOAD_H

#include "product_metadata/loader.h"
#include "product_metadata/resources.h"

struct product_reload {
    const char *path;
    const struct mcp_schema *schema;
    struct product_store *store;
    struct mcp_server *server; /* NULL while nobody can have subscribed */
};

/*
 * Load, swap, tell subscribers. On failure the store notes it and keeps its snapshot; the summary
 * says so, which is told as well. One call at a time.
 * errors: those of product_load_file.
 */
enum mcp_code product_reload_run(const struct product_reload *reload,
                                 struct mcp_err *err) MCP_CHECK;

#endif
