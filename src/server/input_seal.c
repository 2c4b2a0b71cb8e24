/* SPDX-License-Identifier: MIT */
/* input_seal.c - requestState: what a modern client carries; see input.h. Pure: no I/O, no clock,
 * no log. */
#include <string.h>

#include "mcp/alloc.h"
#include "server/input.h"

enum { MAX_BOND_BYTES = 64 * 1024 * 1024 };

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static int append(const char *bytes, size_t len, void *user) {
    struct mcp_buf *out = user;
    mcp_buf_add(out, (struct mcp_str){bytes, len});
    return out->status == MCP_OK ? 0 : -1;
}

/* The request without what changes from one round to the next; a retry may order it anew. */
static json_t *lasting_part(json_t *params) {
    static const char *const passing[] = {"_meta", "inputResponses", "requestState"};
    json_t *lasting = json_object();
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(params, key, value) {
        bool is_passing = false;
        for (size_t i = 0; i < MCP_COUNT(passing); i++)
            is_passing = is_passing || strcmp(passing[i], key) == 0;
        if (!is_passing && json_object_set(lasting, key, value) != 0) {
            json_decref(lasting);
            return NULL;
        }
    }
    return lasting;
}

static enum mcp_code write_bond(const struct mcp_input_bond *bond, struct mcp_buf *out,
                                struct mcp_err *err) {
    json_auto_t *lasting = lasting_part(bond->params);
    json_auto_t *whole = json_pack("[s, s, O]", bond->principal, bond->method, lasting);
    if (lasting == NULL || whole == NULL)
        return no_memory(err);
    if (json_dump_callback(whole, append, out, JSON_COMPACT | JSON_SORT_KEYS) != 0)
        return no_memory(err);
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_input_seal(const struct mcp_input *input, const struct mcp_input_bond *bond,
                             const unsigned char *nonce, int64_t expires_ms, struct mcp_buf *out,
                             struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bound = MCP_BUF_INIT(MAX_BOND_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf plain = MCP_BUF_INIT(MCP_INPUT_MAX_STATE_BYTES);
    size_t refused = mcp_alloc_refusals();
    json_auto_t *state = json_pack("{s:I, s:I, s:O*, s:O*}", "expires", (json_int_t)expires_ms,
                                   "rounds", (json_int_t)input->rounds + 1, "answers",
                                   input->answers, "memory", input->memory);
    if (state == NULL || mcp_alloc_refusals() != refused)
        return no_memory(err);
    enum mcp_code code = mcp_json_write(state, &plain, NULL);
    if (code == MCP_E_LIMIT)
        return MCP_FAIL(err, MCP_E_LIMIT, "answers and memory of a call exceed %d bytes",
                        MCP_INPUT_MAX_STATE_BYTES);
    if (code != MCP_OK)
        return no_memory(err);
    MCP_TRY(write_bond(bond, &bound, err));
    return mcp_seal_write(bond->key, nonce, mcp_buf_view(&bound), mcp_buf_view(&plain), out, err);
}

static enum mcp_code refuse_state(struct mcp_err *err) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "invalid or expired; call without it"),
                      "/requestState");
}

static enum mcp_code take_state(const json_t *state, int64_t now_ms, struct mcp_input *input,
                                struct mcp_err *err) {
    if (json_integer_value(json_object_get(state, "expires")) <= now_ms)
        return refuse_state(err);
    input->rounds = json_integer_value(json_object_get(state, "rounds"));
    input->memory = json_incref(json_object_get(state, "memory"));
    json_t *answers = json_object_get(state, "answers");
    input->answers = answers != NULL ? json_incref(answers) : NULL;
    return MCP_OK;
}

static enum mcp_code open_state(const struct mcp_input_bond *bond, struct mcp_str text,
                                int64_t now_ms, struct mcp_input *input, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bound = MCP_BUF_INIT(MAX_BOND_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf plain = MCP_BUF_INIT(MCP_INPUT_MAX_STATE_BYTES);
    json_auto_t *state = NULL;
    MCP_TRY(write_bond(bond, &bound, err));
    enum mcp_code code = mcp_seal_open(bond->key, mcp_buf_view(&bound), text, &plain, NULL);
    if (code == MCP_OK)
        code = mcp_json_parse(mcp_buf_view(&plain), &state, NULL);
    if (code == MCP_E_NOMEM)
        return no_memory(err);
    return code == MCP_OK ? take_state(state, now_ms, input, err) : refuse_state(err);
}

static enum mcp_code open_whole(const struct mcp_input_bond *bond, int64_t now_ms,
                                struct mcp_input *input, struct mcp_err *err) {
    const char *text = NULL;
    json_t *responses = NULL;
    MCP_TRY(mcp_json_opt_object(bond->params, "inputResponses", &responses, err));
    MCP_TRY(mcp_json_opt_string(bond->params, "requestState", &text, err));
    if (text != NULL)
        MCP_TRY(open_state(bond, mcp_str_of(text), now_ms, input, err));
    input->offered = responses != NULL ? json_incref(responses) : NULL;
    return MCP_OK;
}

enum mcp_code mcp_input_open(const struct mcp_input_bond *bond, int64_t now_ms,
                             struct mcp_input *out_input, struct mcp_err *err) {
    MCP_AUTO(mcp_input_deinit) struct mcp_input input = {0};
    MCP_TRY(open_whole(bond, now_ms, &input, err));
    *out_input = input;
    input = (struct mcp_input){0};
    return MCP_OK;
}
