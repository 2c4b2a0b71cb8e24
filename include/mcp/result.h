/* SPDX-License-Identifier: MIT */
/* result.h - what a handler answers, partly encoded already. Layer: protocol. Includes: json. */
#ifndef MCP_RESULT_H
#define MCP_RESULT_H

#include "mcp/blob.h"
#include "mcp/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a tool answers is its content and the same once more as structuredContent. */
enum { MCP_RESULT_MAX_ENCODED = 2 };

/* A member as JSON bytes. */
struct mcp_encoded {
    const char *key;       /* static storage; NULL: none */
    struct mcp_blob *json; /* NULL when key is NULL */
};

/*
 * The members of a JSON-RPC result object. Some may be carried as JSON bytes encoded once and sent
 * to many. Zero-initialized is the empty result `{}`.
 *
 *   owner   of all references; deinit releases them
 *   thread  none; the blobs may be shared, `members` and what it holds must not be
 *           modified by another thread meanwhile
 */
struct mcp_result {
    json_t *members; /* object or NULL; its top level belongs to this result alone */
    struct mcp_encoded encoded[MCP_RESULT_MAX_ENCODED]; /* the used ones first */
};

void mcp_result_init(struct mcp_result *result);
void mcp_result_deinit(struct mcp_result *result); /* may be called twice; NULL is a no-op */

/* Replace the members; takes `members` (an object, or NULL) in every case. errors: NOMEM when it
 * is NULL, so `mcp_result_take(&r, json_pack(...), err)` needs no check in between. */
enum mcp_code mcp_result_take(struct mcp_result *result, json_t *members,
                              struct mcp_err *err) MCP_CHECK;

/* Carry `blob` (a reference is added) as member `key`, which `members` must not have; instead of
 * another of that key. At most MCP_RESULT_MAX_ENCODED keys. */
void mcp_result_set_encoded(struct mcp_result *result, const char *key, struct mcp_blob *blob);

/* Move the content out, leaving the empty result behind. */
struct mcp_result mcp_result_move(struct mcp_result *from);

/* Take an encoded member away; nothing when there is none of that place. */
void mcp_result_drop_encoded(struct mcp_result *result, size_t i);

/* Append `{"a":..,"contents":<encoded>}`; the encoded members are last. */
enum mcp_code mcp_result_write(const struct mcp_result *result, struct mcp_buf *out,
                               struct mcp_err *err) MCP_CHECK;

/*
 * The same without copying the encoded bytes: append what comes before the first of them. The whole
 * is that head, the bytes of the first, then for each further one `,"key":` and its bytes, and "}".
 */
enum mcp_code mcp_result_write_head(const struct mcp_result *result, struct mcp_buf *out,
                                    struct mcp_err *err) MCP_CHECK;

#ifdef __cplusplus
}
#endif

#endif
