/* SPDX-License-Identifier: MIT */
/* result.h - what a handler answers, partly encoded already. Layer: protocol. Includes: json. */
#ifndef MCP_RESULT_H
#define MCP_RESULT_H

#include "mcp/blob.h"
#include "mcp/json.h"

/*
 * The members of a JSON-RPC result object. One member may be carried as JSON bytes encoded once
 * and sent to many. Zero-initialized is the empty result `{}`.
 *
 *   owner   of both references; deinit releases them
 *   thread  none; the blob may be shared, `members` and what it holds must not be
 *           modified by another thread meanwhile
 */
struct mcp_result {
    json_t *members;          /* object or NULL; its top level belongs to this result alone */
    const char *encoded_key;  /* name of the encoded member, or NULL; static storage */
    struct mcp_blob *encoded; /* its JSON bytes; NULL when encoded_key is NULL */
};

void mcp_result_init(struct mcp_result *result);
void mcp_result_deinit(struct mcp_result *result); /* may be called twice; NULL is a no-op */

/* Replace the members; takes `members` (an object, or NULL) in every case. errors: NOMEM when it
 * is NULL, so `mcp_result_take(&r, json_pack(...), err)` needs no check in between. */
enum mcp_code mcp_result_take(struct mcp_result *result, json_t *members,
                              struct mcp_err *err) MCP_CHECK;

/* Carry `blob` (a reference is added) as member `key`, which `members` must not have. */
void mcp_result_set_encoded(struct mcp_result *result, const char *key, struct mcp_blob *blob);

/* Move the content out, leaving the empty result behind. */
struct mcp_result mcp_result_move(struct mcp_result *from);

/* Append `{"a":..,"contents":<encoded>}`; the encoded member is last. */
enum mcp_code mcp_result_write(const struct mcp_result *result, struct mcp_buf *out,
                               struct mcp_err *err) MCP_CHECK;

/*
 * The same without copying the encoded bytes: append what comes before them. The whole is that
 * head, mcp_blob_view(result->encoded) (nothing when NULL), and "}".
 */
enum mcp_code mcp_result_write_head(const struct mcp_result *result, struct mcp_buf *out,
                                    struct mcp_err *err) MCP_CHECK;

#endif
