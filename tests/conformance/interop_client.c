/* SPDX-License-Identifier: MIT */
/* interop_client.c - one connection driven by lines of JSON, on the public API alone. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/dial.h"

static const char usage[] =
    "usage: interop-client streamable|legacy|sse|auto URL\n"
    "       interop-client stdio COMMAND [ARG...]\n"
    "\n"
    "legacy is Streamable HTTP of 2025-11-25; the others ask the server what it speaks.\n"
    "Takes one JSON object a line on standard input and answers each with one line:\n"
    "  {\"list\": METHOD, \"key\": KEY}        {\"items\": [...]}\n"
    "  {\"request\": METHOD, \"params\": {...}, \"timeout\"?: MS}   {\"result\": {...}}\n"
    "  {\"cancel\": METHOD, \"params\": {...}, \"after\": MS}       {\"error\": {...}}: given up\n"
    "  {\"watch\": [URI...]}                 {\"result\": {}}\n"
    "  {\"await\": METHOD, \"timeout\"?: MS}   {\"notification\": params} of the first that comes\n"
    "  {\"state\": true}                     {\"version\", \"transport\", \"pid\"}\n"
    "A failure is {\"error\": {\"code\", \"where\", \"what\", \"rpc\"?}}.\n";

enum { TIMEOUT_MS = 20000, MAX_LINE_BYTES = 1 << 20, MAX_KEPT = 1000 };

struct interop {
    struct mcp_loop *loop;
    struct mcp_dial *dial;
    pthread_mutex_t lock; /* guards: notes */
    json_t *notes;        /* [[method, params], ...] not awaited yet */
};

/* --- notifications ---------------------------------------------------------------------------- */

static void on_notification(void *user, const char *method, const json_t *params) {
    struct interop *interop = user;
    json_t *note =
        json_pack("[s, o]", method, params != NULL ? json_deep_copy(params) : json_object());
    (void)pthread_mutex_lock(&interop->lock);
    if (json_array_size(interop->notes) < MAX_KEPT)
        (void)json_array_append_new(interop->notes, note);
    else
        json_decref(note);
    (void)pthread_mutex_unlock(&interop->lock);
}

static json_t *take_note(struct interop *interop, const char *method) {
    json_t *found = NULL;
    (void)pthread_mutex_lock(&interop->lock);
    for (size_t i = 0; found == NULL && i < json_array_size(interop->notes); i++) {
        json_t *note = json_array_get(interop->notes, i);
        if (strcmp(json_string_value(json_array_get(note, 0)), method) != 0)
            continue;
        found = json_incref(json_array_get(note, 1));
        (void)json_array_remove(interop->notes, i);
    }
    (void)pthread_mutex_unlock(&interop->lock);
    return found;
}

static enum mcp_code await_note(struct interop *interop, const char *method, uint64_t timeout_ms,
                                json_t **out, struct mcp_err *err) {
    const struct timespec pause = {.tv_nsec = 5000000};
    uint64_t until_ms = mcp_clock_now_ms() + timeout_ms;
    json_t *params = NULL;
    while ((params = take_note(interop, method)) == NULL && mcp_clock_now_ms() < until_ms)
        (void)nanosleep(&pause, NULL);
    if (params == NULL)
        return MCP_FAIL(err, MCP_E_TIMEOUT, "no %s came", method);
    *out = json_pack("{s:o}", "notification", params);
    return MCP_OK;
}

/* --- a request that is given up ------------------------------------------------------------------
 */

struct given_up {
    struct interop *interop;
    const char *method;
    const json_t *params;
    uint64_t after_ms;
    uint64_t token;
    json_t *answer;
    int is_over; /* atomic */
};

static void on_given_up(const struct mcp_reply *reply, void *user) {
    struct given_up *call = user;
    call->answer = reply->code == MCP_OK
                       ? json_pack("{s:O}", "result", reply->result)
                       : json_pack("{s:{s:s, s:s}}", "error", "code", mcp_code_name(reply->code),
                                   "what", reply->err->what);
    __atomic_store_n(&call->is_over, 1, __ATOMIC_SEQ_CST);
}

static void give_up(void *user) {
    struct given_up *call = user;
    mcp_client_cancel(mcp_dial_client(call->interop->dial), call->token);
}

static void begin(void *user) {
    struct given_up *call = user;
    call->token =
        mcp_client_request(mcp_dial_client(call->interop->dial), call->method, call->params,
                           mcp_clock_now_ms(), TIMEOUT_MS, on_given_up, call);
    (void)mcp_loop_after(call->interop->loop, call->after_ms, give_up, call);
}

static enum mcp_code cancel(struct interop *interop, const json_t *step, json_t **out,
                            struct mcp_err *err) {
    const struct timespec pause = {.tv_nsec = 5000000};
    /* outlives a timer that is late */
    static struct given_up call;
    call =
        (struct given_up){.interop = interop,
                          .method = json_string_value(json_object_get(step, "cancel")),
                          .params = json_object_get(step, "params"),
                          .after_ms = (uint64_t)json_integer_value(json_object_get(step, "after"))};
    MCP_TRY(mcp_loop_post(interop->loop, begin, &call, err));
    while (__atomic_load_n(&call.is_over, __ATOMIC_SEQ_CST) == 0)
        (void)nanosleep(&pause, NULL);
    *out = call.answer;
    return MCP_OK;
}

/* --- steps ---------------------------------------------------------------------------------------
 */

static enum mcp_code watch(struct interop *interop, const json_t *uris, json_t **out,
                           struct mcp_err *err) {
    const char *list[MCP_CLIENT_MAX_WATCHED + 1] = {NULL};
    for (size_t i = 0; i < MCP_CLIENT_MAX_WATCHED && i < json_array_size(uris); i++)
        list[i] = json_string_value(json_array_get(uris, i));
    const struct mcp_client_changes changes = {
        .tools = true, .prompts = true, .resources = true, .uris = list};
    MCP_TRY(mcp_dial_watch(interop->dial, &changes, err));
    *out = json_pack("{s:{}}", "result");
    return MCP_OK;
}

static enum mcp_code show_state(struct interop *interop, json_t **out) {
    static const char *const transports[] = {"auto", "stdio", "sse", "streamable"};
    struct mcp_dial_state state;
    mcp_dial_describe(interop->dial, &state);
    *out = json_pack("{s:s, s:s, s:I}", "version", mcp_version_text(state.version), "transport",
                     transports[state.transport], "pid", (json_int_t)state.child_pid);
    return MCP_OK;
}

static enum mcp_code take_step(struct interop *interop, const json_t *step, json_t **out,
                               json_t **out_rpc, struct mcp_err *err) {
    const char *list = json_string_value(json_object_get(step, "list"));
    const char *request = json_string_value(json_object_get(step, "request"));
    const char *awaited = json_string_value(json_object_get(step, "await"));
    json_int_t asked_ms = json_integer_value(json_object_get(step, "timeout"));
    uint64_t timeout_ms = asked_ms > 0 ? (uint64_t)asked_ms : TIMEOUT_MS;
    json_t *result = NULL;
    if (json_object_get(step, "state") != NULL)
        return show_state(interop, out);
    if (json_object_get(step, "cancel") != NULL)
        return cancel(interop, step, out, err);
    if (json_object_get(step, "watch") != NULL)
        return watch(interop, json_object_get(step, "watch"), out, err);
    if (awaited != NULL)
        return await_note(interop, awaited, timeout_ms, out, err);
    if (list != NULL) {
        const char *key = json_string_value(json_object_get(step, "key"));
        MCP_TRY(mcp_dial_list_wait(interop->dial, list, key, TIMEOUT_MS, &result, err));
        *out = json_pack("{s:O}", "items", json_object_get(result, key));
        json_decref(result);
        return MCP_OK;
    }
    if (request == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "no such step");
    MCP_TRY(mcp_dial_request_wait(interop->dial, request, json_object_get(step, "params"),
                                  timeout_ms, &result, out_rpc, err));
    *out = json_pack("{s:o}", "result", result);
    return MCP_OK;
}

static void answer(struct interop *interop, const char *line) {
    struct mcp_err err = {0};
    json_t *out = NULL;
    json_t *rpc = NULL;
    json_t *step = json_loads(line, 0, NULL);
    if (take_step(interop, step, &out, &rpc, &err) != MCP_OK)
        out = json_pack("{s:{s:s, s:s, s:s, s:o*}}", "error", "code", mcp_code_name(err.code),
                        "where", err.where, "what", err.what, "rpc", rpc);
    char *text = json_dumps(out, JSON_COMPACT);
    (void)printf("%s\n", text != NULL ? text : "{}");
    (void)fflush(stdout);
    mcp_free(text);
    json_decref(out);
    json_decref(step);
}

static enum mcp_code open_dial(struct interop *interop, char **argv, struct mcp_err *err) {
    static const struct {
        const char *name;
        enum mcp_dial_transport transport;
        enum mcp_client_era era;
    } ways[] = {
        {"stdio", MCP_DIAL_STDIO, MCP_ERA_AUTO},
        {"sse", MCP_DIAL_SSE, MCP_ERA_AUTO},
        {"streamable", MCP_DIAL_STREAMABLE, MCP_ERA_AUTO},
        {"legacy", MCP_DIAL_STREAMABLE, MCP_ERA_LEGACY},
        {"auto", MCP_DIAL_AUTO, MCP_ERA_AUTO},
    };
    size_t way = 0;
    while (way < MCP_COUNT(ways) && strcmp(ways[way].name, argv[1]) != 0)
        way++;
    if (way == MCP_COUNT(ways))
        return MCP_FAIL(err, MCP_E_INVALID, "no such way to connect: \"%s\"", argv[1]);
    bool is_stdio = ways[way].transport == MCP_DIAL_STDIO;
    const struct mcp_dial_target target = {.transport = ways[way].transport,
                                           .url = is_stdio ? NULL : argv[2],
                                           .argv = is_stdio ? (const char *const *)argv + 2 : NULL};
    const struct mcp_client_options options = {.name = "interop-client",
                                               .version = "1.0.0",
                                               .era = ways[way].era,
                                               .on_notification = on_notification,
                                               .user = interop};
    MCP_TRY(mcp_loop_new(&interop->loop, err));
    MCP_TRY(mcp_dial_new(interop->loop, &target, &options, &interop->dial, err));
    return mcp_dial_connect_wait(interop->dial, TIMEOUT_MS, err);
}

int main(int argc, char **argv) {
    static char line[MAX_LINE_BYTES];
    struct interop interop = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct mcp_err err = {0};
    if (argc < 3) {
        (void)fputs(usage, stderr);
        return 2;
    }
    mcp_json_use_allocator();
    interop.notes = json_array();
    enum mcp_code code = open_dial(&interop, argv, &err);
    if (code != MCP_OK)
        (void)fprintf(stderr, "interop-client: %s: %s: %s\n", mcp_code_name(code), err.where,
                      err.what);
    while (code == MCP_OK && fgets(line, sizeof line, stdin) != NULL)
        answer(&interop, line);
    mcp_dial_free(interop.dial);
    mcp_loop_free(interop.loop);
    json_decref(interop.notes);
    return code == MCP_OK ? 0 : 1;
}
