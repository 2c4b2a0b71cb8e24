/* SPDX-License-Identifier: MIT */
/* jsonrpc.h - JSON-RPC 2.0 messages: parse, classify, write. Layer: wire. Includes: base json. */
#ifndef MCP_JSONRPC_H
#define MCP_JSONRPC_H

#include "mcp/json.h"

#ifdef __cplusplus
extern "C" {
#endif

enum mcp_jsonrpc_kind {
    MCP_JSONRPC_REQUEST,
    MCP_JSONRPC_NOTIFICATION,
    MCP_JSONRPC_RESULT,
    MCP_JSONRPC_ERROR
};

/* Standard codes; MCP's own are in protocol/rpc_error.h. */
enum {
    MCP_JSONRPC_PARSE_ERROR = -32700,
    MCP_JSONRPC_INVALID_REQUEST = -32600,
    MCP_JSONRPC_METHOD_NOT_FOUND = -32601,
    MCP_JSONRPC_INVALID_PARAMS = -32602,
    MCP_JSONRPC_INTERNAL_ERROR = -32603
};

/* Views into one parsed object; everything is borrowed from `root`, which is a reference of its
 * own: release with mcp_jsonrpc_deinit. */
struct mcp_jsonrpc {
    enum mcp_jsonrpc_kind kind;
    json_t *root;
    json_t *id;         /* string or integer; NULL for a notification, or an error without one */
    const char *method; /* request, notification */
    json_t *params;     /* object or NULL */
    json_t *result;     /* object */
    json_t *error;      /* object with integer code and string message */
};

void mcp_jsonrpc_deinit(struct mcp_jsonrpc *message); /* zeroed or failed is fine; twice too */

/*
 * Classify one parsed value as a message. Unknown members are tolerated.
 *
 *   in      root         borrowed; the message takes its own reference
 *   out     out_message  written in every case, deinit it in every case. On failure all is zero
 *                        except `root`, and `id` when one could be read, so that the error answer
 *                        can echo it
 *   errors  SCHEMA       not an object, wrong jsonrpc, method, id (null, fraction, bool), params
 *                        not an object, more than one or none of method, result and error: -32600.
 *                        err->where is the member, "/id"
 */
enum mcp_code mcp_jsonrpc_classify(json_t *root, struct mcp_jsonrpc *out_message,
                                   struct mcp_err *err) MCP_CHECK;

/* Parse + classify one text. SYNTAX is -32700 (all of out_message is zero then). Arrays (batches)
 * are the caller's: SCHEMA here. */
enum mcp_code mcp_jsonrpc_parse(struct mcp_str text, struct mcp_jsonrpc *out_message,
                                struct mcp_err *err) MCP_CHECK;

/*
 * Append a whole message; `params` may be NULL. `id` is a string or an integer. `method` and
 * `message` are UTF-8. What `out` holds after a failure is to be thrown away.
 *
 *   errors  NOMEM  LIMIT
 */
enum mcp_code mcp_jsonrpc_write_request(struct mcp_buf *out, const json_t *id, const char *method,
                                        const json_t *params, struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_jsonrpc_write_notification(struct mcp_buf *out, const char *method,
                                             const json_t *params, struct mcp_err *err) MCP_CHECK;
/* id NULL is written as null; data may be NULL. */
enum mcp_code mcp_jsonrpc_write_error(struct mcp_buf *out, const json_t *id, int code,
                                      const char *message, const json_t *data,
                                      struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_jsonrpc_write_result(struct mcp_buf *out, const json_t *id, const json_t *result,
                                       struct mcp_err *err) MCP_CHECK;
/* `{"jsonrpc":"2.0","id":7,"result":`: the caller appends the result's bytes and `}`. */
enum mcp_code mcp_jsonrpc_write_result_head(struct mcp_buf *out, const json_t *id,
                                            struct mcp_err *err) MCP_CHECK;

/* Same JSON type and value: 1 is not "1". */
bool mcp_jsonrpc_id_equal(const json_t *a, const json_t *b);

#ifdef __cplusplus
}
#endif

#endif
