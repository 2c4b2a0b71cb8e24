/* SPDX-License-Identifier: MIT */
/* client_ask.c - see client_ask.h. Pure: no I/O, no clock, no log. */
#include "client/client_ask.h"

#include <string.h>

#include "client/peer_text.h"
#include "mcp/alloc.h"
#include "mcp/jsonrpc.h"
#include "mcp/method.h"

enum { ANSWER_IS_WRONG = MCP_JSONRPC_INTERNAL_ERROR };

struct mcp_ask {
    struct mcp_client *client; /* NULL: nobody waits any more */
    struct mcp_ask *prev;
    struct mcp_ask *next;
    enum mcp_ask_kind kind;
    json_t *params;                     /* object */
    json_t *id;                         /* legacy: of the server's request; else NULL */
    struct mcp_client_request *request; /* modern: that waits for it */
    char *key;                          /* modern */
};

/* --- what can be asked ------------------------------------------------------------------------ */

mcp_ask_fn *mcp_client_ask_handler(const struct mcp_client *client, enum mcp_ask_kind kind) {
    switch (kind) {
    case MCP_ASK_FORM:
        return client->options.on_form;
    case MCP_ASK_URL:
        return client->options.on_url;
    case MCP_ASK_SAMPLING:
        return client->options.on_sampling;
    case MCP_ASK_ROOTS:
        return client->options.on_roots;
    case MCP_ASK_UNKNOWN:
        break;
    }
    return NULL;
}

/* {} means forms only, also to those who know nothing else. */
static json_t *elicitation_of(const struct mcp_client_options *options) {
    if (options->on_url == NULL)
        return json_object();
    return options->on_form != NULL ? json_pack("{s:{}, s:{}}", "form", "url")
                                    : json_pack("{s:{}}", "url");
}

static enum mcp_code declare(json_t *capabilities, const char *name, bool is_answered,
                             json_t *value, struct mcp_err *err) {
    json_auto_t *owned = value;
    bool is_declared = json_object_get(capabilities, name) != NULL;
    if (is_declared && !is_answered)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "capability \"%s\" is declared, and no handler answers for it", name);
    if (is_answered && !is_declared && json_object_set(capabilities, name, owned) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a client");
    return MCP_OK;
}

enum mcp_code mcp_client_ask_declare(const struct mcp_client_options *options,
                                     json_t **out_capabilities, struct mcp_err *err) {
    json_auto_t *whole =
        options->capabilities != NULL ? json_deep_copy(options->capabilities) : json_object();
    if (whole == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a client");
    MCP_TRY(declare(whole, "elicitation", options->on_form != NULL || options->on_url != NULL,
                    elicitation_of(options), err));
    MCP_TRY(declare(whole, "sampling", options->on_sampling != NULL,
                    options->takes_sampling_tools ? json_pack("{s:{}}", "tools") : json_object(),
                    err));
    MCP_TRY(declare(whole, "roots", options->on_roots != NULL, json_object(), err));
    *out_capabilities = MCP_TAKE(whole);
    return MCP_OK;
}

/* --- the asks that are open ------------------------------------------------------------------- */

static void detach(struct mcp_ask *ask) {
    if (ask->client == NULL)
        return;
    *(ask->prev != NULL ? &ask->prev->next : &ask->client->asks) = ask->next;
    if (ask->next != NULL)
        ask->next->prev = ask->prev;
    ask->client->ask_count--;
    ask->client = NULL;
    ask->request = NULL;
}

static void release(struct mcp_ask *ask) {
    detach(ask);
    json_decref(ask->params);
    json_decref(ask->id);
    mcp_free(ask->key);
    mcp_free(ask);
}

/* NULL when memory is refused. `params` may be NULL. */
static struct mcp_ask *ask_new(struct mcp_client *client, enum mcp_ask_kind kind, json_t *params) {
    struct mcp_ask *ask = mcp_alloc(sizeof *ask);
    if (ask == NULL)
        return NULL;
    ask->params = params != NULL ? json_incref(params) : json_object();
    if (ask->params == NULL) {
        mcp_free(ask);
        return NULL;
    }
    ask->client = client;
    ask->kind = kind;
    ask->next = client->asks;
    if (client->asks != NULL)
        client->asks->prev = ask;
    client->asks = ask;
    client->ask_count++;
    return ask;
}

void mcp_client_ask_withdraw(struct mcp_client *client, const json_t *id) {
    for (struct mcp_ask *ask = client->asks; ask != NULL; ask = ask->next) {
        if (ask->id != NULL && id != NULL && mcp_jsonrpc_id_equal(ask->id, id)) {
            detach(ask);
            return;
        }
    }
}

void mcp_client_ask_forget(struct mcp_client *client, const struct mcp_client_request *request) {
    for (struct mcp_ask *ask = client->asks; ask != NULL;) {
        struct mcp_ask *next = ask->next;
        if (request == NULL || ask->request == request)
            detach(ask);
        ask = next;
    }
}

/* --- legacy: a request of the server's -------------------------------------------------------- */

static void send_answer(struct mcp_client *client, struct mcp_buf *text, enum mcp_code code) {
    struct mcp_err err = {0};
    if (code == MCP_OK)
        code = mcp_buf_finish(text, &err);
    struct mcp_link_message answer = {.body = mcp_buf_view(text), .method = ""};
    if (client->speaks != MCP_VERSION_NONE)
        answer.version = mcp_version_text(client->speaks);
    if (code == MCP_OK && client->link->ops->send(client->link, &answer, &err) == MCP_OK)
        return;
    (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory for an answer to the server");
    mcp_client_core_ignore(client, &err);
}

static void send_result(struct mcp_client *client, const json_t *id, const json_t *result) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT(client->options.max_message_bytes);
    enum mcp_code code = mcp_jsonrpc_write_result(&text, id, result, NULL);
    send_answer(client, &text, code);
}

static void send_error(struct mcp_client *client, const json_t *id, int rpc_code,
                       const char *message) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT(client->options.max_message_bytes);
    enum mcp_code code = mcp_jsonrpc_write_error(&text, id, rpc_code, message, NULL, NULL);
    send_answer(client, &text, code);
}

static void answer_ping(struct mcp_client *client, const json_t *id) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT(client->options.max_message_bytes);
    enum mcp_code code = mcp_jsonrpc_write_result_head(&text, id, NULL);
    mcp_buf_add(&text, MCP_STR("{}}"));
    send_answer(client, &text, code);
}

/* What the capability does not cover; NULL when it does. */
static const char *not_offered(const struct mcp_client *client, enum mcp_ask_kind kind,
                               const json_t *params) {
    if (kind == MCP_ASK_UNKNOWN)
        return "no such mode is known";
    if (mcp_client_ask_handler(client, kind) == NULL)
        return kind == MCP_ASK_URL ? "url mode was not offered" : "form mode was not offered";
    if (kind == MCP_ASK_SAMPLING && !client->options.takes_sampling_tools &&
        (json_object_get(params, "tools") != NULL || json_object_get(params, "toolChoice") != NULL))
        return "sampling with tools was not offered";
    return NULL;
}

/* The method as a whole: a mode of it may be wanting still. */
static bool knows_method(const struct mcp_client *client, const char *method) {
    if (strcmp(method, "elicitation/create") == 0)
        return client->options.on_form != NULL || client->options.on_url != NULL;
    return mcp_client_ask_handler(client, mcp_ask_kind_of(method, NULL)) != NULL;
}

void mcp_client_ask_legacy(struct mcp_client *client, const char *method, json_t *params,
                           json_t *id) {
    enum mcp_ask_kind kind = mcp_ask_kind_of(method, params);
    if (strcmp(method, "ping") == 0) {
        answer_ping(client, id);
        return;
    }
    if (client->state != MCP_CLIENT_READY || !knows_method(client, method)) {
        send_error(client, id, MCP_JSONRPC_METHOD_NOT_FOUND, "this client answers no such request");
        return;
    }
    const char *lack = not_offered(client, kind, params);
    if (lack != NULL) {
        send_error(client, id, MCP_JSONRPC_INVALID_PARAMS, lack);
        return;
    }
    struct mcp_ask *ask =
        client->ask_count < MCP_CLIENT_MAX_ASKS ? ask_new(client, kind, params) : NULL;
    if (ask == NULL) {
        send_error(client, id, MCP_JSONRPC_INTERNAL_ERROR,
                   "too many requests wait for this client's answer already");
        return;
    }
    ask->id = json_incref(id);
    mcp_client_ask_handler(client, kind)(client->options.user, ask);
}

/* --- modern: questions of a result ------------------------------------------------------------ */

static void fail(struct mcp_client_request *request, enum mcp_code code, const char *what,
                 const char *text) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, code, "%s%s", what, text);
    mcp_client_core_fail(request, &err);
}

static enum mcp_code check_question(const struct mcp_client *client, const char *key,
                                    const json_t *question, struct mcp_err *err) {
    const char *method = json_string_value(json_object_get(question, "method"));
    const json_t *params = json_object_get(question, "params");
    if (method == NULL || (params != NULL && !json_is_object(params)))
        return MCP_FAIL(err, MCP_E_PEER, "question \"%s\" is malformed",
                        mcp_peer_text(mcp_str_of(key)).text);
    enum mcp_ask_kind kind = mcp_ask_kind_of(method, params);
    if (mcp_client_ask_handler(client, kind) == NULL || not_offered(client, kind, params) != NULL)
        return MCP_FAIL(err, MCP_E_PEER, "the server asks for \"%s\", which was not offered",
                        mcp_peer_text(mcp_str_of(method)).text);
    return MCP_OK;
}

static enum mcp_code check_shape(const json_t *questions, const json_t *state,
                                 struct mcp_err *err) {
    bool has_any = questions != NULL || state != NULL;
    bool is_right = (questions == NULL || json_is_object(questions)) &&
                    (state == NULL || json_is_string(state));
    if (!has_any || !is_right)
        return MCP_FAIL(err, MCP_E_PEER,
                        "\"input_required\" without \"inputRequests\" and \"requestState\" as "
                        "they have to be");
    return MCP_OK;
}

static enum mcp_code check_round(const struct mcp_client_request *request, json_t *questions,
                                 const json_t *state, struct mcp_err *err) {
    const struct mcp_client *client = request->client;
    const struct mcp_method *row =
        mcp_method_find(mcp_str_of(request->method), client->speaks, MCP_SIDE_CLIENT);
    const char *key = NULL;
    json_t *question = NULL;
    if (row == NULL || !row->may_ask_input)
        return MCP_FAIL(err, MCP_E_PEER, "questions where no result may have any");
    if (request->rounds == MCP_CLIENT_MAX_ROUNDS)
        return MCP_FAIL(err, MCP_E_PEER, "more than %d rounds of questions", MCP_CLIENT_MAX_ROUNDS);
    MCP_TRY(check_shape(questions, state, err));
    if (json_object_size(questions) > MCP_CLIENT_MAX_ASKS - client->ask_count)
        return MCP_FAIL(err, MCP_E_LIMIT,
                        "%zu questions, %zu wait for an answer already: at most %d",
                        json_object_size(questions), client->ask_count, MCP_CLIENT_MAX_ASKS);
    json_object_foreach(questions, key, question) {
        MCP_TRY(check_question(client, key, question, err));
    }
    return MCP_OK;
}

/* All answers are there: the same request, with them and the server's state. */
static void send_answers(struct mcp_client_request *request) {
    struct mcp_err err = {0};
    json_auto_t *answers = MCP_TAKE(request->answers);
    json_auto_t *state = MCP_TAKE(request->state);
    json_auto_t *params = mcp_client_core_params(request, &err);
    int bad = params == NULL;
    (void)json_object_del(params, "inputResponses");
    (void)json_object_del(params, "requestState");
    if (json_object_size(answers) > 0)
        bad += json_object_set(params, "inputResponses", answers) != 0;
    if (state != NULL)
        bad += json_object_set(params, "requestState", state) != 0;
    if (bad != 0)
        fail(request, MCP_E_NOMEM, "out of memory for answers to the server", "");
    else
        mcp_client_core_resend(request, params);
}

static void close_one(struct mcp_client_request *request) {
    if (--request->open == 0)
        send_answers(request);
}

static struct mcp_ask *open_question(struct mcp_client_request *request, const char *key,
                                     const json_t *question) {
    json_t *params = json_object_get(question, "params");
    const char *method = json_string_value(json_object_get(question, "method"));
    char *name = mcp_strdup(key);
    struct mcp_ask *ask =
        name != NULL ? ask_new(request->client, mcp_ask_kind_of(method, params), params) : NULL;
    if (ask == NULL) {
        mcp_free(name);
        return NULL;
    }
    ask->key = name;
    ask->request = request;
    return ask;
}

/* A handler may answer, refuse, or cancel the whole request at once. */
static void ask_all(struct mcp_client_request *request, json_t *questions) {
    struct mcp_client *client = request->client;
    uint64_t token = request->token;
    const char *key = NULL;
    json_t *question = NULL;
    request->open = 1 + json_object_size(questions); /* one for this loop */
    json_object_foreach(questions, key, question) {
        struct mcp_ask *ask = open_question(request, key, question);
        if (ask == NULL) {
            fail(request, MCP_E_NOMEM, "out of memory for a question of the server's", "");
            return;
        }
        mcp_client_ask_handler(client, ask->kind)(client->options.user, ask);
        if (mcp_client_core_find(client, token) != request)
            return;
    }
    close_one(request);
}

void mcp_client_ask_modern(struct mcp_client_request *request, json_t *result) {
    struct mcp_err err = {0};
    json_t *questions = json_object_get(result, "inputRequests");
    json_t *state = json_object_get(result, "requestState");
    if (check_round(request, questions, state, &err) != MCP_OK) {
        mcp_client_core_fail(request, &err);
        return;
    }
    request->answers = json_object();
    if (request->answers == NULL || request->text == NULL) {
        fail(request, MCP_E_NOMEM, "out of memory for answers to the server", "");
        return;
    }
    request->state = json_incref(state);
    request->rounds++;
    mcp_client_core_pause(request);
    ask_all(request, questions);
}

/* --- for the handlers ------------------------------------------------------------------------- */

const char *mcp_ask_method(const struct mcp_ask *ask) {
    static const char *const names[] = {
        [MCP_ASK_FORM] = "elicitation/create",
        [MCP_ASK_URL] = "elicitation/create",
        [MCP_ASK_SAMPLING] = "sampling/createMessage",
        [MCP_ASK_ROOTS] = "roots/list",
        [MCP_ASK_UNKNOWN] = "",
    };
    return names[ask->kind];
}

const json_t *mcp_ask_params(const struct mcp_ask *ask) {
    return ask->params;
}

bool mcp_ask_is_url(const struct mcp_ask *ask) {
    return ask->kind == MCP_ASK_URL;
}

bool mcp_ask_is_stale(const struct mcp_ask *ask) {
    return ask->client == NULL;
}

/* The answer is no answer. */
static void reject(struct mcp_ask *ask, const struct mcp_err *why) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, why->code, "the handler's answer is none: %s%s%s", why->where,
                   why->where[0] != '\0' ? ": " : "", why->what);
    if (ask->request != NULL)
        mcp_client_core_fail(ask->request, &err);
    else
        send_error(ask->client, ask->id, ANSWER_IS_WRONG, err.what);
}

static enum mcp_code take_answer(struct mcp_ask *ask, json_t *result, struct mcp_err *err) {
    struct mcp_client_request *request = ask->request;
    MCP_TRY(mcp_ask_complete(ask->kind, ask->params, result, err));
    if (request == NULL)
        send_result(ask->client, ask->id, result);
    else if (json_object_set(request->answers, ask->key, result) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an answer");
    return MCP_OK;
}

enum mcp_code mcp_ask_answer(struct mcp_ask *ask, json_t *result, struct mcp_err *err) {
    json_auto_t *owned = result;
    struct mcp_err why = {0};
    enum mcp_code code = MCP_OK;
    if (ask->client == NULL)
        code = MCP_FAIL(&why, MCP_E_CANCELLED, "nobody waits for the answer any more");
    else if (owned == NULL)
        code = MCP_FAIL(&why, MCP_E_NOMEM, "out of memory for an answer");
    else
        code = take_answer(ask, owned, &why);
    struct mcp_client_request *request = ask->request;
    if (code != MCP_OK && ask->client != NULL)
        reject(ask, &why);
    release(ask); /* before the request goes on, which may end it */
    if (code == MCP_OK && request != NULL)
        close_one(request);
    if (code != MCP_OK && err != NULL && err->code == MCP_OK)
        *err = why;
    return code;
}

void mcp_ask_refuse(struct mcp_ask *ask, int code, const char *message) {
    if (ask->request != NULL)
        fail(ask->request, MCP_E_DENIED, "a question of the server's was refused: ", message);
    else if (ask->client != NULL)
        send_error(ask->client, ask->id, code, message);
    release(ask);
}
