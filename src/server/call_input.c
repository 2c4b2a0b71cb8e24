/* SPDX-License-Identifier: MIT */
/* call_input.c - a call that asks its client; see mcp/input.h and call.h. */
#include <assert.h>
#include <string.h>

#include "base/random.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "protocol/shape.h"
#include "server/call.h"
#include "server/input.h"

enum { MAX_REQUEST_BYTES = 1024 * 1024, MAX_SEALED_BYTES = 2 * MCP_INPUT_MAX_STATE_BYTES };

static bool is_modern(const struct mcp_call *call) {
    return mcp_version_info(call->peer.version)->is_modern;
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code need_input(struct mcp_call *call, struct mcp_err *err) {
    if (call->input == NULL)
        call->input = mcp_alloc(sizeof *call->input);
    return call->input != NULL ? MCP_OK : no_memory(err);
}

static bool may_ask(const struct mcp_call *call) {
    const struct mcp_method *method =
        mcp_method_find(mcp_str_of(call->message.method), MCP_VERSION_NEWEST, MCP_SIDE_CLIENT);
    return method != NULL && method->may_ask_input;
}

/* --- what handlers call --- */

bool mcp_call_offers(const struct mcp_call *call, const char *path) {
    return mcp_input_is_offered(path, call->peer.version, call->peer.capabilities);
}

enum mcp_code mcp_call_require(struct mcp_call *call, const char *path, struct mcp_err *err) {
    if (mcp_call_offers(call, path))
        return MCP_OK;
    MCP_TRY(need_input(call, err));
    call->input->missing = path;
    return MCP_FAIL(err, MCP_E_UNSUPPORTED, "the client does not offer %s", path);
}

static enum mcp_code check_question(const struct mcp_call *call, const char *key,
                                    const char *capability, struct mcp_err *err) {
    size_t len = strlen(key);
    if (capability == NULL || !may_ask(call))
        return MCP_FAIL(err, MCP_E_INVALID, "nothing a client can be asked here");
    if (len == 0 || len > MCP_INPUT_MAX_KEY_BYTES)
        return MCP_FAIL(err, MCP_E_INVALID, "a key has 1 to %d bytes, not %zu",
                        MCP_INPUT_MAX_KEY_BYTES, len);
    return MCP_OK;
}

enum mcp_code mcp_call_input(struct mcp_call *call, const char *key, const char *method,
                             json_t *params, const json_t **out_answer, struct mcp_err *err) {
    json_auto_t *taken = params;
    const struct mcp_question question = {key, method, taken, !is_modern(call)};
    if (taken == NULL)
        return no_memory(err);
    const char *capability = mcp_input_capability(method, taken);
    MCP_TRY(check_question(call, key, capability, err));
    MCP_TRY(mcp_call_require(call, capability, err));
    MCP_TRY(need_input(call, err));
    return mcp_input_answer(call->input, &question, out_answer, err);
}

void mcp_call_remember(struct mcp_call *call, json_t *memory) {
    json_auto_t *taken = memory;
    if (need_input(call, NULL) != MCP_OK)
        return;
    mcp_json_decref(&call->input->memory);
    call->input->memory = MCP_TAKE(taken);
}

const json_t *mcp_call_recall(const struct mcp_call *call) {
    return call->input != NULL ? call->input->memory : NULL;
}

/* --- modern: the client carries it --- */

static struct mcp_input_bond bond_of(const struct mcp_call *call) {
    return (struct mcp_input_bond){.key = call->server->state_key,
                                   .method = call->message.method,
                                   .params = call->message.params,
                                   .principal = call->peer.principal};
}

enum mcp_code mcp_call_open_input(struct mcp_call *call, struct mcp_err *err) {
    const json_t *params = call->message.params;
    bool is_retry = json_object_get(params, "inputResponses") != NULL ||
                    json_object_get(params, "requestState") != NULL;
    if (!is_retry || !is_modern(call) || !may_ask(call))
        return MCP_OK;
    const struct mcp_input_bond bond = bond_of(call);
    MCP_TRY(need_input(call, err));
    return mcp_input_open(&bond, mcp_clock_wall_ms(), call->input, err);
}

static enum mcp_code make_round(struct mcp_call *call, struct mcp_result *result,
                                struct mcp_err *err) {
    unsigned char nonce[MCP_SEAL_NONCE_BYTES];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf state = MCP_BUF_INIT(MAX_SEALED_BYTES);
    const struct mcp_input_bond bond = bond_of(call);
    int64_t expires = mcp_clock_wall_ms() + (int64_t)call->server->options.input_timeout_ms;
    MCP_TRY(mcp_random_fill(nonce, sizeof nonce, err));
    MCP_TRY(mcp_input_seal(call->input, &bond, nonce, expires, &state, err));
    return mcp_result_take(result,
                           json_pack("{s:s, s:O, s:s%}", "resultType", "input_required",
                                     "inputRequests", call->input->asked, "requestState",
                                     state.data, state.len),
                           err);
}

static void ask_modern(struct mcp_call *call) {
    struct mcp_result result = {0};
    struct mcp_err err = {0};
    if (make_round(call, &result, &err) == MCP_OK)
        mcp_call_settle(call, &result);
    else
        mcp_call_settle_failure(call, &err);
    mcp_result_deinit(&result);
}

/* --- legacy: requests of ours on the call's stream --- */

/* What is said to the client, written before anybody can answer. */
struct letters {
    struct mcp_buf texts[MCP_INPUT_MAX_QUESTIONS];
    size_t count;
};

static void letters_deinit(struct letters *letters) {
    for (size_t i = 0; i < letters->count; i++)
        mcp_buf_deinit(&letters->texts[i]);
}

/* 2025-11-25 names a URL elicitation, to tell of its end. */
static enum mcp_code name_elicitation(const struct mcp_call *call, json_t *params,
                                      struct mcp_err *err) {
    char id[33];
    bool is_url = mcp_str_equal(mcp_json_str(json_object_get(params, "mode")), MCP_STR("url"));
    if (!is_url || !mcp_version_info(call->peer.version)->has_url_elicitation)
        return MCP_OK;
    MCP_TRY(mcp_random_id(id, err));
    return json_object_set_new(params, "elicitationId", json_string(id)) == 0 ? MCP_OK
                                                                              : no_memory(err);
}

static enum mcp_code write_letter(const struct mcp_call *call, const json_t *request, int64_t id,
                                  struct mcp_buf *out, struct mcp_err *err) {
    const char *name = json_string_value(json_object_get(request, "method"));
    const struct mcp_method *method =
        mcp_method_find(mcp_str_of(name), call->peer.version, MCP_SIDE_SERVER);
    size_t refused = mcp_alloc_refusals(); /* which jansson's copy overlooks */
    json_auto_t *params = json_copy(json_object_get(request, "params"));
    json_auto_t *shaped = NULL;
    json_auto_t *number = json_integer(id);
    if (number == NULL || mcp_alloc_refusals() != refused)
        return no_memory(err);
    MCP_TRY(name_elicitation(call, params, err));
    MCP_TRY(mcp_shape_params(params, method, call->peer.version, &shaped, err));
    return mcp_jsonrpc_write_request(out, number, name, shaped, err);
}

static enum mcp_code write_letters(const struct mcp_call *call, int64_t first_id,
                                   struct letters *letters, struct mcp_err *err) {
    const char *key = NULL;
    json_t *request = NULL;
    json_object_foreach(call->input->asked, key, request) {
        struct mcp_buf *text = &letters->texts[letters->count];
        *text = (struct mcp_buf)MCP_BUF_INIT(MAX_REQUEST_BYTES);
        MCP_TRY(write_letter(call, request, first_id + (int64_t)letters->count++, text, err));
    }
    return MCP_OK;
}

static enum mcp_code send_letters(struct mcp_call *call, const struct letters *letters,
                                  struct mcp_err *err) {
    static const struct mcp_opening opening = {.outcome = MCP_OUTCOME_OK};
    for (size_t i = 0; i < letters->count; i++) {
        const struct mcp_str part = mcp_buf_view(&letters->texts[i]);
        MCP_TRY(mcp_channel_send(&call->channel, &opening, &part, 1, err));
    }
    return MCP_OK;
}

static void free_wait(struct mcp_wait *wait) {
    if (wait == NULL)
        return;
    mcp_wait_deinit(wait);
    mcp_free(wait);
}

static enum mcp_code start_waiting(struct mcp_call *call, int64_t first_id, size_t count,
                                   struct mcp_err *err) {
    struct mcp_wait *wait = mcp_alloc(sizeof *wait);
    if (wait == NULL)
        return no_memory(err);
    wait->entry = &call->entry;
    wait->session_id = call->peer.session_id;
    wait->first_id = first_id;
    wait->count = count;
    wait->deadline_ms = mcp_clock_now_ms() + call->server->options.input_timeout_ms;
    enum mcp_code code = mcp_state_await(call->server->state, wait, err);
    if (code != MCP_OK)
        free_wait(wait);
    return code;
}

/* On success the call belongs to whoever ends the wait: it may be over already. */
static enum mcp_code correspond(struct mcp_call *call, struct mcp_err *err) {
    size_t count = json_object_size(call->input->asked);
    int64_t first_id = atomic_fetch_add(&call->server->next_request_id, (int64_t)count);
    MCP_AUTO(letters_deinit) struct letters letters = {0};
    MCP_TRY(write_letters(call, first_id, &letters, err));
    MCP_TRY(start_waiting(call, first_id, count, err));
    enum mcp_code code = send_letters(call, &letters, err);
    struct mcp_wait *wait =
        code != MCP_OK ? mcp_state_stop_waiting(call->server->state, &call->entry) : NULL;
    bool is_ours = wait != NULL;
    free_wait(wait);
    return is_ours ? code : MCP_OK;
}

static void ask_legacy(struct mcp_call *call) {
    struct mcp_err err = {0};
    mcp_call_ref(call);
    if (correspond(call, &err) != MCP_OK)
        mcp_call_settle_failure(call, &err);
    mcp_call_unref(call);
}

void mcp_call_ask(struct mcp_call *call) {
    if (is_modern(call))
        ask_modern(call);
    else
        ask_legacy(call);
}

/* --- legacy: what comes back --- */

static enum mcp_code take_reply(struct mcp_input *input, const char *key,
                                const struct mcp_jsonrpc *reply, struct mcp_err *err) {
    if (reply->root == NULL || reply->kind == MCP_JSONRPC_ERROR)
        return mcp_input_fail(input, key, reply->root != NULL ? reply->error : NULL, err);
    return mcp_input_offer(input, key, reply->result, err);
}

static enum mcp_code take_replies(struct mcp_input *input, const struct mcp_wait *wait,
                                  struct mcp_err *err) {
    const char *key = NULL;
    json_t *request = NULL;
    size_t place = 0;
    json_object_foreach(input->asked, key, request)
        MCP_TRY(take_reply(input, key, &wait->replies[place++], err));
    mcp_input_next_round(input);
    return MCP_OK;
}

static struct mcp_call *call_of(const struct mcp_wait *wait) {
    return (struct mcp_call *)(void *)wait->entry; /* its first member */
}

/* Takes the wait, and the reference that it held. */
static void go_on(struct mcp_wait *wait) {
    struct mcp_err err = {0};
    struct mcp_call *call = call_of(wait);
    enum mcp_code code = take_replies(call->input, wait, &err);
    free_wait(wait);
    if (code == MCP_OK)
        mcp_call_rerun(call);
    else
        mcp_call_settle_failure(call, &err);
}

/* The client need not answer any more what it has not. */
static void withdraw(const struct mcp_wait *wait, const char *reason) {
    static const struct mcp_opening opening = {.outcome = MCP_OUTCOME_OK};
    struct mcp_call *call = call_of(wait);
    for (size_t i = 0; i < wait->count; i++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_REQUEST_BYTES);
        json_auto_t *params =
            json_pack("{s:I, s:s}", "requestId", (json_int_t)wait->first_id + (json_int_t)i,
                      "reason", reason);
        if (wait->replies[i].root != NULL || params == NULL ||
            mcp_jsonrpc_write_notification(&text, "notifications/cancelled", params, NULL) !=
                MCP_OK)
            continue;
        const struct mcp_str part = mcp_buf_view(&text);
        (void)mcp_channel_send(&call->channel, &opening, &part, 1, NULL);
    }
}

void mcp_input_replied(struct mcp_server *server, struct mcp_str session_id,
                       const struct mcp_jsonrpc *message) {
    struct mcp_wait *wait = mcp_state_reply(server->state, session_id, message);
    if (wait != NULL)
        go_on(wait);
}

void mcp_input_expire(struct mcp_server *server, uint64_t now_ms) {
    struct mcp_wait *wait = mcp_state_overdue(server->state, now_ms);
    for (; wait != NULL; wait = mcp_state_overdue(server->state, now_ms)) {
        withdraw(wait, "no answer in time");
        go_on(wait);
    }
}

void mcp_call_stop_waiting(struct mcp_call *call) {
    struct mcp_err err = {0};
    struct mcp_wait *wait = mcp_state_stop_waiting(call->server->state, &call->entry);
    if (wait == NULL)
        return;
    withdraw(wait, "the call was cancelled");
    free_wait(wait);
    (void)MCP_FAIL(&err, MCP_E_CANCELLED, "cancelled");
    mcp_call_settle_failure(call, &err);
}
