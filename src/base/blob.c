/* SPDX-License-Identifier: MIT */
/* blob.c - see mcp/blob.h. */
#include "mcp/blob.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "mcp/alloc.h"

struct mcp_blob {
    atomic_size_t refs;
    size_t len;
    char bytes[]; /* NUL after len */
};

struct mcp_blob *mcp_blob_new(struct mcp_str bytes) {
    if (bytes.len >= SIZE_MAX - sizeof(struct mcp_blob))
        return NULL;
    struct mcp_blob *blob = mcp_realloc(NULL, sizeof *blob + bytes.len + 1);
    if (blob == NULL)
        return NULL;
    atomic_init(&blob->refs, 1);
    blob->len = bytes.len;
    if (bytes.len > 0)
        memcpy(blob->bytes, bytes.ptr, bytes.len);
    blob->bytes[bytes.len] = '\0';
    return blob;
}

struct mcp_blob *mcp_blob_take(struct mcp_buf *buf) {
    size_t len = 0;
    char *bytes = mcp_buf_take(buf, &len);
    void *grown = bytes != NULL ? mcp_realloc(bytes, sizeof(struct mcp_blob) + len + 1) : NULL;
    if (grown == NULL) {
        mcp_free(bytes);
        return NULL;
    }
    struct mcp_blob *blob = grown;
    memmove(blob->bytes, grown, len);
    blob->bytes[len] = '\0';
    atomic_init(&blob->refs, 1);
    blob->len = len;
    return blob;
}

struct mcp_blob *mcp_blob_ref(struct mcp_blob *blob) {
    if (blob != NULL)
        (void)atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    return blob;
}

void mcp_blob_unref(struct mcp_blob *blob) {
    if (blob != NULL && atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel) == 1)
        mcp_free(blob);
}

void mcp_blob_unrefp(struct mcp_blob **blob) {
    mcp_blob_unref(*blob);
    *blob = NULL;
}

struct mcp_str mcp_blob_view(const struct mcp_blob *blob) {
    return blob != NULL ? (struct mcp_str){blob->bytes, blob->len} : MCP_STR("");
}
