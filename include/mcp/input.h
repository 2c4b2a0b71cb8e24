/* SPDX-License-Identifier: MIT */
/* input.h - what a handler asks of the client while it answers. Layer: server. Includes: json. */
#ifndef MCP_INPUT_H
#define MCP_INPUT_H

#include "mcp/call.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MCP_INPUT_MAX_QUESTIONS = 16,         /* of one call, answered ones included */
    MCP_INPUT_MAX_ROUNDS = 16,            /* times one call may ask */
    MCP_INPUT_MAX_KEY_BYTES = 64,         /* of a question's key */
    MCP_INPUT_MAX_STATE_BYTES = 64 * 1024 /* answers and memory, as JSON */
};

/*
 * Ask the client: of a tool, a prompt or a resource's reader. Written once for all revisions: what
 * is not answered yet makes the handler unwind, and run again from its start with the same
 * arguments when the answers are there. So everything before the last question must be harmless to
 * repeat. Nothing waits meanwhile: modern peers get an `input_required` result and call again,
 * legacy peers get requests of ours on the call's own stream.
 *
 *   const json_t *answer = NULL;
 *   MCP_TRY(mcp_call_input(call, "name", "elicitation/create", json_pack(...), &answer, err));
 *
 * To ask several things at once, call it for each and return MCP_PENDING when one was pending.
 *
 *   in      key      names the question within this call, 1 to 64 bytes; the same in each run
 *           method   "elicitation/create", "sampling/createMessage" or "roots/list"
 *           params   taken, in every case; the newest shape. NULL is an allocation refused
 *   out     *answer  borrowed, lives until the handler returns. It is what was asked for: an
 *                    elicitation has an action, and content that meets requestedSchema when it is
 *                    "accept"; sampling has role, content and model; roots has the array
 *   errors  PENDING      asked; return this code
 *           UNSUPPORTED  the client does not offer it; return it, or do without. Modern peers are
 *                        told which capability is missing
 *           PEER         legacy: the client answered with an error, or not what was asked for
 *           TIMEOUT      legacy: not within input_timeout_ms
 *           LIMIT        a bound above
 *           INVALID      no such method or key; a requestedSchema that is no schema, or not
 *                        an object of strings, numbers, booleans and choices: it is not sent
 *   thread  the handler's
 *   spec    2026-07-28 client features, input_required; legacy: elicitation, sampling, roots
 */
enum mcp_code mcp_call_input(struct mcp_call *call, const char *key, const char *method,
                             json_t *params, const json_t **out_answer,
                             struct mcp_err *err) MCP_CHECK;

/* The client offers what `path` names ("elicitation", "elicitation.url", "sampling",
 * "sampling.tools", "roots") and its revision knows it. "elicitation" is its form mode. */
bool mcp_call_offers(const struct mcp_call *call, const char *path);

/* The same as a demand. errors: UNSUPPORTED; returned by the handler, modern peers are told which
 * capability is missing (-32021) */
enum mcp_code mcp_call_require(struct mcp_call *call, const char *path,
                               struct mcp_err *err) MCP_CHECK;

/*
 * What the handler remembers from one run to the next; on a modern wire the client carries it,
 * sealed: unreadable, bound to this caller, method and arguments, for input_timeout_ms.
 * remember takes `memory`; recall returns NULL in the first run.
 */
void mcp_call_remember(struct mcp_call *call, json_t *memory);
const json_t *mcp_call_recall(const struct mcp_call *call);

#ifdef __cplusplus
}
#endif

#endif
