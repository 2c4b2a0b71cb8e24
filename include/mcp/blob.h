/* SPDX-License-Identifier: MIT */
/* blob.h - immutable bytes with a reference count. Layer: base. Includes: buf. */
#ifndef MCP_BLOB_H
#define MCP_BLOB_H

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Encoded once, read by any number of threads. The count is atomic; the bytes never change. */
struct mcp_blob;

/* A copy of `bytes`, count 1; NULL when allocation is refused. */
struct mcp_blob *mcp_blob_new(struct mcp_str bytes);

/* The content of `buf` without a second copy of it, count 1; NULL when allocation is refused or buf
 * holds nothing. buf is empty after, in every case. */
struct mcp_blob *mcp_blob_take(struct mcp_buf *buf);

struct mcp_blob *mcp_blob_ref(struct mcp_blob *blob); /* the same pointer; NULL for NULL */
void mcp_blob_unref(struct mcp_blob *blob);           /* NULL is a no-op */
void mcp_blob_unrefp(struct mcp_blob **blob);         /* for MCP_AUTO */
struct mcp_str mcp_blob_view(const struct mcp_blob *blob);

#ifdef __cplusplus
}
#endif

#endif
