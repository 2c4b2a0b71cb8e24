/* SPDX-License-Identifier: MIT */
/* reply.h - JSON-RPC answers as parts for an outlet. Layer: server. Includes: wire protocol. */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include "mcp/outlet.h"
#include "mcp/result.h"
#include "protocol/rpc_error.h"

enum { MCP_REPLY_MAX_PARTS = 12 };

/*
 * One answer, assembled without copying what is encoded already. The parts view the id, the result
 * and the reply itself, which therefore stays where it is until they are sent.
 */
struct mcp_reply {
    struct mcp_str parts[MCP_REPLY_MAX_PARTS];
    size_t count;
    struct mcp_blob *shared; /* borrowed: it is one of the parts, and one of others; or NULL */
    char digits[2][24];
    size_t digits_used;
    struct mcp_buf id;   /* an id that has to be escaped */
    struct mcp_buf text; /* what is written for this answer alone */
};

void mcp_reply_init(struct mcp_reply *reply);
void mcp_reply_deinit(struct mcp_reply *reply);

/* Append the id: integers and plain strings without allocation; null for NULL. False when memory
 * is refused: then null stands for it. */
bool mcp_reply_add_id(struct mcp_reply *reply, const json_t *id);
void mcp_reply_add(struct mcp_reply *reply, struct mcp_str part);

/* The answer whose result is `whole`, the JSON of an object. errors: NOMEM; then nothing was added
 */
enum mcp_code mcp_reply_whole(struct mcp_reply *reply, const json_t *id, struct mcp_str whole,
                              struct mcp_err *err) MCP_CHECK;

/*
 * The answer with that result. `head`: what mcp_result_write_head would write, when the caller
 * knows; empty: it is written. errors: NOMEM, LIMIT; then nothing was added
 */
enum mcp_code mcp_reply_result(struct mcp_reply *reply, const json_t *id,
                               const struct mcp_result *result, struct mcp_str head,
                               struct mcp_err *err) MCP_CHECK;

/* Always succeeds: when memory is refused, the error is "Internal error" without data, and an id
 * that has to be escaped is null. `data` may be NULL. */
void mcp_reply_error(struct mcp_reply *reply, const json_t *id, const struct mcp_rpc_error *error,
                     const json_t *data);

/* The outcome a transport with a status line should show for that status. */
enum mcp_outcome mcp_outcome_of_status(int http_status);

#endif
