/* SPDX-License-Identifier: MIT */
/*
 * Target: the client engine in memory, both eras, every kind of link, with a server that says and a
 * link that does what the input wants. Property: every request ends exactly once; what is sent is
 * JSON-RPC; no id is used twice; the link is stopped once.
 *
 * The first byte: bits 0-1 the link, 2-3 the era, 4 handlers answer at once, 7 the input shakes
 * hands itself. Then steps, separated by byte 0x1e; the first byte of each says what it is, see
 * `take_step`.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/client.h"
#include "mcp/jsonrpc.h"

enum { MAX_REQUESTS = 64, MAX_ASKS = 32 };

struct rig {
    struct mcp_link link; /* first */
    const struct mcp_link_events *events;
    struct mcp_client *client;
    uint64_t now_ms;
    uint64_t last_id; /* of a request of ours */
    int ends[MAX_REQUESTS];
    uint64_t tokens[MAX_REQUESTS];
    int count;
    struct mcp_ask *asks[MAX_ASKS];
    size_t ask_count;
    bool answers_at_once;
    bool refuses_to_send;
    int stops;
};

/* --- the link --------------------------------------------------------------------------------- */

static enum mcp_code start(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err) {
    (void)err;
    ((struct rig *)link)->events = events;
    return MCP_OK;
}

static void check_sent(struct rig *rig, const struct mcp_link_message *message) {
    struct mcp_jsonrpc parsed = {0};
    json_t *root = NULL;
    if (mcp_json_parse(message->body, &root, NULL) != MCP_OK ||
        mcp_jsonrpc_classify(root, &parsed, NULL) != MCP_OK)
        abort();
    if ((parsed.kind == MCP_JSONRPC_REQUEST) != (message->request_token != 0))
        abort();
    if (message->request_token != 0 && message->request_token <= rig->last_id)
        abort();
    if (message->request_token != 0)
        rig->last_id = message->request_token;
    mcp_jsonrpc_deinit(&parsed);
    json_decref(root);
}

static enum mcp_code send_checked(struct mcp_link *link, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    struct rig *rig = (struct rig *)link;
    check_sent(rig, message);
    if (rig->stops > 0)
        abort();
    if (!rig->refuses_to_send)
        return MCP_OK;
    rig->refuses_to_send = false;
    return MCP_FAIL(err, MCP_E_IO, "refused");
}

static void forget(struct mcp_link *link, uint64_t token) {
    (void)link;
    (void)token;
}

static void ready(struct mcp_link *link, const char *version) {
    (void)link;
    if (strlen(version) != strlen("2025-11-25"))
        abort();
}

static void stop(struct mcp_link *link) {
    ((struct rig *)link)->stops++;
}

static enum mcp_code use_older(struct mcp_link *link, struct mcp_err *err) {
    (void)err;
    link->kind = MCP_LINK_OLD_HTTP;
    return MCP_OK;
}

static const struct mcp_link_ops ops = {start, send_checked, forget, ready, stop, use_older};

/* --- the owner -------------------------------------------------------------------------------- */

static void on_done(const struct mcp_reply *reply, void *user) {
    if ((reply->code == MCP_OK) != (reply->result != NULL) ||
        (reply->code == MCP_OK) != (reply->err == NULL))
        abort();
    ++*(int *)user;
}

static void answer(struct mcp_ask *ask, unsigned choice) {
    static const char *const results[] = {
        "{\"action\":\"accept\",\"content\":{}}", "{\"action\":\"decline\"}", "{\"roots\":[]}",
        "{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"t\"},\"model\":\"m\"}"};
    struct mcp_err err = {0};
    if (choice % 5 == 4) {
        mcp_ask_refuse(ask, -1, "no");
        return;
    }
    enum mcp_code code = mcp_ask_answer(ask, json_loads(results[choice % 5], 0, NULL), &err);
    if (code != err.code)
        abort();
}

static void on_ask(void *user, struct mcp_ask *ask) {
    struct rig *rig = user;
    if (rig->answers_at_once || rig->ask_count == MAX_ASKS)
        answer(ask, (unsigned)strlen(mcp_ask_method(ask)));
    else
        rig->asks[rig->ask_count++] = ask;
}

static void ask_again(struct rig *rig, unsigned choice) {
    static const char *const methods[] = {"ping", "tools/call", "resources/read", "prompts/get"};
    if (rig->count == MAX_REQUESTS)
        return;
    int at = rig->count++;
    json_t *params =
        json_pack("{s:s, s:s, s:{s:s}}", "name", "t", "uri", "x:1", "arguments", "a", "b");
    if (choice % 5 == 4)
        mcp_client_list(rig->client, "tools/list", "tools", rig->now_ms, 50, on_done,
                        &rig->ends[at]);
    else
        rig->tokens[at] = mcp_client_request(rig->client, methods[choice % 5], params, rig->now_ms,
                                             20 + choice % 100, on_done, &rig->ends[at]);
    json_decref(params);
}

static void watch(struct rig *rig, unsigned choice) {
    const char *const uris[] = {"x:1", choice % 2 == 0 ? "x:2" : NULL, NULL};
    const struct mcp_client_changes changes = {.tools = true, .uris = uris};
    enum mcp_code code = mcp_client_watch(rig->client, &changes, NULL);
    if (code != MCP_OK && code != MCP_E_STATE)
        abort();
}

/* --- steps ------------------------------------------------------------------------------------ */

static void break_off(struct rig *rig, char how, unsigned choice) {
    static const enum mcp_code codes[] = {MCP_E_IO, MCP_E_PEER, MCP_E_TIMEOUT, MCP_E_DENIED};
    static const long statuses[] = {0, 400, 401, 404, 405, 500};
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, how == 'L' ? MCP_E_STATE : codes[choice % MCP_COUNT(codes)], "broken");
    rig->link.status = statuses[choice % MCP_COUNT(statuses)];
    if (how == 'F')
        rig->events->on_failed(rig->events->user, 1 + choice % 70, &err);
    else if (how == 'L')
        rig->events->on_session_lost(rig->events->user, choice % 70, &err);
    else
        rig->events->on_down(rig->events->user, &err);
}

/* A digit or an opening bracket: a message, after a digit with that status. Else see below. */
static void take_step(struct rig *rig, struct mcp_str step) {
    static const long statuses[] = {0, 200, 202, 400, 401, 403, 404, 405, 500, 503};
    char how = step.ptr[0];
    unsigned choice = step.len > 1 ? (unsigned char)step.ptr[1] : 0;
    if (how == 'F' || how == 'L' || how == 'D') {
        break_off(rig, how, choice);
    } else if (how == 'W') {
        watch(rig, choice);
    } else if (how == 'Q') {
        ask_again(rig, choice);
    } else if (how == 'C' && rig->count > 0) {
        mcp_client_cancel(rig->client, rig->tokens[choice % (unsigned)rig->count]);
    } else if (how == 'A' && rig->ask_count > 0) {
        answer(rig->asks[--rig->ask_count], choice);
    } else if (how == 'R') {
        rig->refuses_to_send = true;
    } else if (how == 'T') {
        rig->now_ms += 10 * (uint64_t)choice;
    } else {
        bool has_status = how >= '0' && how <= '9';
        rig->link.status = has_status ? statuses[how - '0'] : 200;
        rig->events->on_message(rig->events->user,
                                (struct mcp_str){step.ptr + has_status, step.len - has_status});
    }
}

static void feed(struct rig *rig, struct mcp_str in) {
    while (in.len > 0 && rig->stops == 0) {
        const char *end = memchr(in.ptr, 0x1e, in.len);
        size_t len = end != NULL ? (size_t)(end - in.ptr) : in.len;
        if (len > 0)
            take_step(rig, (struct mcp_str){in.ptr, len});
        ask_again(rig, (unsigned)len);
        (void)mcp_client_tick(rig->client, rig->now_ms += 7);
        size_t used = len + (end != NULL);
        in = (struct mcp_str){in.ptr + used, in.len - used};
    }
}

#define LEGACY_HELLO                                                                               \
    "\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"resources\":{"             \
    "\"subscribe\":true}}}}"

/* With the server this first byte asks for. */
static void shake_hands(struct rig *rig, uint8_t how) {
    static const char legacy[] = "{\"jsonrpc\":\"2.0\",\"id\":1," LEGACY_HELLO;
    static const char second[] = "{\"jsonrpc\":\"2.0\",\"id\":2," LEGACY_HELLO;
    static const char modern[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"complete\","
        "\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"tools\":{\"listChanged\":true},"
        "\"resources\":{\"subscribe\":true}}}}";
    static const char unknown[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"m\"}}";
    bool asks = (how & 8) != 0 && rig->link.kind != MCP_LINK_OLD_HTTP;
    bool is_modern = (how & 12) == 4 || (asks && (how & 4) == 0);
    rig->link.status = asks && !is_modern ? 400 : 200;
    if (asks && !is_modern)
        rig->events->on_message(rig->events->user, MCP_STR(unknown));
    rig->link.status = 200;
    rig->events->on_message(rig->events->user, is_modern ? MCP_STR(modern)
                                               : asks    ? MCP_STR(second)
                                                         : MCP_STR(legacy));
}

static void run(struct rig *rig, struct mcp_str in, uint8_t how) {
    mcp_client_connect(rig->client, 0, 1000, on_done, &rig->ends[rig->count++]);
    if (rig->events != NULL && how < 0x80)
        shake_hands(rig, how);
    if (rig->events != NULL)
        feed(rig, in);
    mcp_client_free(rig->client);
    while (rig->ask_count > 0)
        mcp_ask_refuse(rig->asks[--rig->ask_count], -1, "the end");
    for (int i = 0; i < rig->count; i++)
        if (rig->ends[i] != 1)
            abort();
    if (rig->stops != (rig->events != NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const enum mcp_link_kind kinds[] = {MCP_LINK_HTTP, MCP_LINK_PIPE, MCP_LINK_OLD_HTTP,
                                               MCP_LINK_HTTP};
    static const enum mcp_client_era eras[] = {MCP_ERA_LEGACY, MCP_ERA_MODERN, MCP_ERA_AUTO,
                                               MCP_ERA_AUTO}; /* a modern server, a legacy one */
    if (size == 0)
        return 0;
    struct rig rig = {.link = {.ops = &ops, .kind = kinds[data[0] & 3]},
                      .answers_at_once = (data[0] & 16) != 0};
    const struct mcp_client_options options = {.name = "fuzz",
                                               .version = "1",
                                               .era = eras[(data[0] >> 2) & 3],
                                               .on_form = on_ask,
                                               .on_url = on_ask,
                                               .on_sampling = on_ask,
                                               .on_roots = on_ask,
                                               .jitter_seed = 1,
                                               .max_pages = 8,
                                               .max_message_bytes = 1 << 16,
                                               .user = &rig};
    if (mcp_client_new(&options, &rig.link, &rig.client, NULL) == MCP_OK)
        run(&rig, (struct mcp_str){(const char *)data + 1, size - 1}, data[0]);
    return 0;
}
