/* SPDX-License-Identifier: MIT */
/* input.h - the questions of one call and their answers. Layer: server. Includes: json protocol. */
#ifndef SERVER_INPUT_H
#define SERVER_INPUT_H

#include "mcp/input.h"
#include "protocol/seal.h"

/* What one call has asked and been told. Zeroed is: nothing. Owns all it holds. */
struct mcp_input {
    json_t *answers;     /* key -> answer, checked; or NULL */
    json_t *offered;     /* key -> what the client sent, wanted or not; or NULL */
    json_t *failures;    /* legacy: key -> why there is no answer; or NULL */
    json_t *asked;       /* key -> {"method", "params"}: not answered, of this run; or NULL */
    json_t *memory;      /* the handler's; or NULL */
    int64_t rounds;      /* how often was asked before this run */
    const char *missing; /* the capability a question needed and the client lacks; or NULL */
};

void mcp_input_deinit(struct mcp_input *input);

/* The capability a question needs: "elicitation", "elicitation.url", "sampling", "sampling.tools"
 * or "roots"; NULL: no such method. */
const char *mcp_input_capability(const char *method, const json_t *params);

/* `capabilities` (of a client) and `version` have it. */
bool mcp_input_is_offered(const char *path, enum mcp_version version, const json_t *capabilities);

/*
 * The answer is what was asked for.
 *   errors  SCHEMA   it is not; err->where is "/content/name"
 *           INVALID  the question's own requestedSchema does not compile
 *           NOMEM
 */
enum mcp_code mcp_input_check(const char *method, const json_t *params, const json_t *answer,
                              struct mcp_err *err) MCP_CHECK;

/* One question. */
struct mcp_question {
    const char *key;
    const char *method;
    json_t *params; /* borrowed */
    bool is_final;  /* legacy: asked once, so a wrong answer is a failure */
};

/*
 * The answer to a question, when it has come; else it is noted in `asked`.
 *   out     *answer  borrowed from the input
 *   errors  PENDING  noted
 *           PEER     final, and the answer is wrong or an error; TIMEOUT it did not come
 *           LIMIT    too many questions or rounds; NOMEM
 *           INVALID  a form that is not flat: it is not asked
 */
enum mcp_code mcp_input_answer(struct mcp_input *input, const struct mcp_question *question,
                               const json_t **out_answer, struct mcp_err *err) MCP_CHECK;

/* Legacy: why the question has no answer. `reply` is an error object, NULL: none came in time.
 * errors: NOMEM */
enum mcp_code mcp_input_fail(struct mcp_input *input, const char *key, const json_t *reply,
                             struct mcp_err *err) MCP_CHECK;

/* Legacy: what the client answered. errors: NOMEM */
enum mcp_code mcp_input_offer(struct mcp_input *input, const char *key, json_t *answer,
                              struct mcp_err *err) MCP_CHECK;

/* The next run begins: nothing is asked yet. */
void mcp_input_next_round(struct mcp_input *input);

/* --- what a modern client carries --- */

/* What a sealed text is good for; all borrowed. */
struct mcp_input_bond {
    const unsigned char *key; /* MCP_SEAL_KEY_BYTES */
    const char *method;
    json_t *params; /* _meta, inputResponses and requestState do not count */
    const char *principal;
};

/*
 * Append the text that brings answers, memory and the count of rounds back.
 *   errors  LIMIT  more than MCP_INPUT_MAX_STATE_BYTES or MCP_INPUT_MAX_ROUNDS; NOMEM
 */
enum mcp_code mcp_input_seal(const struct mcp_input *input, const struct mcp_input_bond *bond,
                             const unsigned char *nonce, int64_t expires_ms, struct mcp_buf *out,
                             struct mcp_err *err) MCP_CHECK;

/*
 * Read inputResponses and requestState of params, both optional, into an empty input.
 *   errors  INVALID  of another type, not sealed for this bond, or expired
 *           NOMEM
 */
enum mcp_code mcp_input_open(const struct mcp_input_bond *bond, int64_t now_ms,
                             struct mcp_input *out_input, struct mcp_err *err) MCP_CHECK;

#endif
