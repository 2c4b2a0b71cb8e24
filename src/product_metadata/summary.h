/* SPDX-License-Identifier: MIT */
/* summary.h - what is told of the metadata at a glance. Layer: product_metadata. Includes: base. */
#ifndef PRODUCT_SUMMARY_H
#define PRODUCT_SUMMARY_H

#include "product_metadata/store.h"

/*
 * Append {"total_products","total_mappings","last_updated","version"?,"content_hash"?,"status"}
 * and, with a status whose last reload failed, "reload_error". "status" is "ok" or "degraded";
 * version and content_hash are left out when the model has none.
 */
void product_summary_write(const struct product_model *model,
                           const struct product_store_status *status, /* NULL: all is well */
                           struct mcp_buf *out);

/* The summary's `contents` array for resources/read, new. errors: NOMEM. */
enum mcp_code product_summary_encode(const struct product_model *model,
                                     const struct product_store_status *status,
                                     struct mcp_blob **out_contents, struct mcp_err *err) MCP_CHECK;

/* Append {"where","what","at","failures"}; the file's directory is not told. */
void product_failure_write(const struct product_store_status *status, struct mcp_buf *out);

#endif
