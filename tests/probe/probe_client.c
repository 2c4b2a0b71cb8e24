/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/client.json. */
#include <stdio.h>
#include <string.h>

#include "mcp/client.h"
#include "probe.h"

probe_fn probe_client;

enum { MAX_NAMES = 64, MAX_ASKS = 128 };

struct rig;

struct waiter {
    struct rig *rig;
    const char *name;
    uint64_t token;
};

struct rig {
    struct mcp_link link; /* first: the operations get its address */
    const struct mcp_link_events *events;
    struct mcp_client *client;
    json_t *log;
    bool out_of_memory; /* of the log, or somebody was told so */
    const char *refuse_start;
    const char *refuse_send;
    const char *down_at_send;
    const char *refuse_older;
    struct mcp_ask *asks[MAX_ASKS];
    size_t ask_count;
    const json_t *at_once; /* {method: result} a handler answers from inside */
    struct waiter waiters[MAX_NAMES];
    size_t waiter_count;
};

static struct rig *rig_of(struct mcp_link *link) {
    return (struct rig *)link;
}

static void record(struct rig *rig, json_t *entry) {
    if (entry == NULL || json_array_append_new(rig->log, entry) != 0)
        rig->out_of_memory = true;
}

static enum mcp_code link_start(struct mcp_link *link, const struct mcp_link_events *events,
                                struct mcp_err *err) {
    struct rig *rig = rig_of(link);
    rig->events = events;
    if (rig->refuse_start != NULL)
        return MCP_FAIL(err, MCP_E_IO, "%s", rig->refuse_start);
    record(rig, json_string("start"));
    return MCP_OK;
}

static json_t *show_headers(const char *const *lines) {
    json_t *shown = json_array();
    for (size_t i = 0; lines[i] != NULL; i++) {
        if (json_array_append_new(shown, json_string(lines[i])) == 0)
            continue;
        json_decref(shown);
        return NULL;
    }
    return shown;
}

static json_t *show_sent(const struct mcp_link_message *message) {
    json_t *body = NULL;
    if (mcp_json_parse(message->body, &body, NULL) != MCP_OK)
        return NULL;
    json_t *entry = json_pack("{s:o}", "sent", body);
    int bad = 0;
    if (message->request_token != 0)
        bad += json_object_set_new(entry, "token",
                                   json_integer((json_int_t)message->request_token)) != 0;
    if (message->deadline_ms != 0)
        bad += json_object_set_new(entry, "deadline",
                                   json_integer((json_int_t)message->deadline_ms)) != 0;
    if (message->version != NULL)
        bad += json_object_set_new(entry, "version", json_string(message->version)) != 0;
    if (message->headers != NULL)
        bad += json_object_set_new(entry, "headers", show_headers(message->headers)) != 0;
    if (message->name != NULL)
        bad += json_object_set_new(entry, "name", json_string(message->name)) != 0;
    if (bad != 0)
        json_decref(entry);
    return bad == 0 ? entry : NULL;
}

static enum mcp_code link_send(struct mcp_link *link, const struct mcp_link_message *message,
                               struct mcp_err *err) {
    struct rig *rig = rig_of(link);
    const char *refuse = rig->refuse_send;
    const char *down = rig->down_at_send;
    rig->refuse_send = NULL;
    rig->down_at_send = NULL;
    if (refuse != NULL)
        return MCP_FAIL(err, MCP_E_IO, "%s", refuse);
    record(rig, show_sent(message));
    if (down != NULL) {
        struct mcp_err why = {0};
        (void)MCP_FAIL(&why, MCP_E_IO, "%s", down);
        rig->events->on_down(rig->events->user, &why);
    }
    return MCP_OK;
}

static void link_forget(struct mcp_link *link, uint64_t token) {
    record(rig_of(link), json_pack("{s:I}", "forget", (json_int_t)token));
}

static void link_ready(struct mcp_link *link, const char *version) {
    record(rig_of(link), json_pack("{s:s}", "ready", version));
}

static void link_stop(struct mcp_link *link) {
    record(rig_of(link), json_string("stop"));
}

static enum mcp_code link_use_older(struct mcp_link *link, struct mcp_err *err) {
    struct rig *rig = rig_of(link);
    if (rig->refuse_older != NULL)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "%s", rig->refuse_older);
    link->kind = MCP_LINK_OLD_HTTP;
    record(rig, json_string("use_older"));
    return MCP_OK;
}

static const struct mcp_link_ops ops = {link_start, link_send, link_forget,
                                        link_ready, link_stop, link_use_older};

static json_t *show_error(const struct mcp_reply *reply) {
    if (reply->rpc_error != NULL)
        return json_pack("{s:s, s:s, s:s, s:O}", "code", mcp_code_name(reply->code), "where",
                         reply->err->where, "what", reply->err->what, "rpc", reply->rpc_error);
    return json_pack("{s:s, s:s, s:s}", "code", mcp_code_name(reply->code), "where",
                     reply->err->where, "what", reply->err->what);
}

static void on_done(const struct mcp_reply *reply, void *user) {
    const struct waiter *waiter = user;
    json_t *entry = reply->code == MCP_OK
                        ? json_pack("{s:s, s:O}", "done", waiter->name, "result", reply->result)
                        : json_pack("{s:s, s:o}", "done", waiter->name, "error", show_error(reply));
    record(waiter->rig, entry);
    waiter->rig->out_of_memory |= reply->code == MCP_E_NOMEM;
}

static void on_notification(void *user, const char *method, const json_t *params) {
    record(user, json_pack("{s:s, s:O?}", "notification", method, "params", params));
}

static void on_gap(void *user) {
    record(user, json_string("gap"));
}

static void on_wake(void *user) {
    record(user, json_string("wake"));
}

static void on_ignored(void *user, const struct mcp_err *err) {
    struct rig *rig = user;
    rig->out_of_memory |= err->code == MCP_E_NOMEM;
    record(user, json_pack("{s:s, s:s, s:s}", "ignored", mcp_code_name(err->code), "where",
                           err->where, "what", err->what));
}

static void on_down(void *user, const struct mcp_err *err) {
    struct rig *rig = user;
    rig->out_of_memory |= err->code == MCP_E_NOMEM;
    record(user, json_pack("{s:s}", "down", err->what));
}

static void show_answered(struct rig *rig, enum mcp_code code, const struct mcp_err *err) {
    rig->out_of_memory |= code == MCP_E_NOMEM;
    if (code != MCP_OK)
        record(rig, json_pack("{s:s, s:s, s:s}", "unanswered", mcp_code_name(code), "where",
                              err->where, "what", err->what));
}

static void answer_now(struct rig *rig, struct mcp_ask *ask, const json_t *result) {
    struct mcp_err err = {0};
    if (json_is_string(result)) { /* what to refuse it with */
        mcp_ask_refuse(ask, -1, json_string_value(result));
        return;
    }
    json_t *copy = json_deep_copy(result);
    rig->out_of_memory |= copy == NULL;
    show_answered(rig, mcp_ask_answer(ask, copy, &err), &err);
}

static void on_ask(void *user, struct mcp_ask *ask) {
    struct rig *rig = user;
    const json_t *result = json_object_get(rig->at_once, mcp_ask_method(ask));
    record(rig, json_pack("{s:s, s:b, s:O}", "ask", mcp_ask_method(ask), "url", mcp_ask_is_url(ask),
                          "params", mcp_ask_params(ask)));
    if (result != NULL || rig->ask_count == MAX_ASKS)
        answer_now(rig, ask, result);
    else
        rig->asks[rig->ask_count++] = ask;
}

static struct mcp_ask *take_ask(struct rig *rig, const json_t *step, const char *key) {
    json_int_t index = probe_int(step, key, -1);
    return index >= 0 && (size_t)index < rig->ask_count ? MCP_TAKE(rig->asks[index]) : NULL;
}

/* {"answer": N, "result": R} and its like; N counts the asks from 0. */
static bool run_ask(struct rig *rig, const json_t *step) {
    struct mcp_ask *ask = NULL;
    if ((ask = take_ask(rig, step, "answer")) != NULL) {
        answer_now(rig, ask, json_object_get(step, "result"));
        return true;
    }
    if ((ask = take_ask(rig, step, "refuse")) != NULL) {
        mcp_ask_refuse(ask, (int)probe_int(step, "code", -1), "no");
        return true;
    }
    size_t index = (size_t)probe_int(step, "stale", MAX_ASKS);
    if (index < rig->ask_count && rig->asks[index] != NULL)
        record(rig, json_pack("{s:b}", "stale", mcp_ask_is_stale(rig->asks[index])));
    /* what a server's question led to may not have been asked, when memory is refused */
    return json_object_get(step, "answer") != NULL || json_object_get(step, "refuse") != NULL ||
           json_object_get(step, "stale") != NULL;
}

static struct waiter *waiter(struct rig *rig, const char *name) {
    for (size_t i = 0; i < rig->waiter_count; i++)
        if (strcmp(rig->waiters[i].name, name) == 0)
            return &rig->waiters[i];
    if (rig->waiter_count == MAX_NAMES)
        return NULL;
    rig->waiters[rig->waiter_count] = (struct waiter){rig, name, 0};
    return &rig->waiters[rig->waiter_count++];
}

static const char *text(const json_t *step, const char *key) {
    return json_string_value(json_object_get(step, key));
}

static uint64_t number(const json_t *step, const char *key) {
    json_int_t value = probe_int(step, key, 0);
    return value < 0 ? UINT64_MAX : (uint64_t)value;
}

static bool run_call(struct rig *rig, const json_t *step) {
    const char *name = text(step, "as");
    struct waiter *done = waiter(rig, name != NULL ? name : "connect");
    if (text(step, "request") != NULL) {
        done->token =
            mcp_client_request(rig->client, text(step, "request"), json_object_get(step, "params"),
                               number(step, "now"), number(step, "timeout"), on_done, done);
        return true;
    }
    if (text(step, "list") != NULL) {
        mcp_client_list(rig->client, text(step, "list"), text(step, "key"), number(step, "now"),
                        number(step, "timeout"), on_done, done);
        return true;
    }
    if (json_object_get(step, "connect") == NULL)
        return false;
    mcp_client_connect(rig->client, number(step, "connect"), number(step, "timeout"), on_done,
                       done);
    return true;
}

static void add_batch(struct mcp_buf *frame, json_int_t count) {
    mcp_buf_addc(frame, '[');
    for (json_int_t i = 0; i < count; i++)
        mcp_buf_add(frame, i == 0 ? MCP_STR("{}") : MCP_STR(",{}"));
    mcp_buf_addc(frame, ']');
}

static enum mcp_code build_frame(const json_t *step, struct mcp_buf *frame, struct mcp_err *err) {
    const json_t *message = json_object_get(step, "receive");
    if (message != NULL)
        return mcp_json_write(message, frame, err);
    if (json_object_get(step, "receive_batch_of") == NULL)
        return probe_bytes(json_object_get(step, "receive_bytes"), frame, err);
    add_batch(frame, probe_int(step, "receive_batch_of", 0));
    return mcp_buf_finish(frame, err);
}

static enum mcp_code receive(struct rig *rig, const json_t *step, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf frame = MCP_BUF_INIT(1 << 24);
    MCP_TRY(build_frame(step, &frame, err));
    rig->link.status = (long)probe_int(step, "status", 0);
    rig->events->on_message(rig->events->user, mcp_buf_view(&frame));
    return MCP_OK;
}

static enum mcp_code code_of(const char *name) {
    for (int code = MCP_OK; code <= MCP_E_BUG; code++)
        if (name != NULL && strcmp(mcp_code_name((enum mcp_code)code), name) == 0)
            return (enum mcp_code)code;
    return MCP_E_IO;
}

static bool run_link(struct rig *rig, const json_t *step) {
    struct mcp_err why = {0};
    if (json_object_get(step, "failed") != NULL) {
        (void)MCP_FAIL(&why, code_of(text(step, "code")), "%s", text(step, "what"));
        rig->link.status = (long)probe_int(step, "status", 0);
        rig->events->on_failed(rig->events->user, number(step, "failed"), &why);
    } else if (text(step, "down") != NULL) {
        (void)MCP_FAIL(&why, MCP_E_IO, "%s", text(step, "down"));
        rig->events->on_down(rig->events->user, &why);
    } else if (text(step, "session_lost") != NULL) {
        (void)MCP_FAIL(&why, MCP_E_STATE, "%s", text(step, "session_lost"));
        rig->events->on_session_lost(rig->events->user, number(step, "refused"), &why);
    } else if (json_object_get(step, "waiting") != NULL) {
        record(rig, json_pack("{s:b}", "waiting",
                              rig->events->is_waiting(rig->events->user, number(step, "waiting"))));
    } else if (text(step, "refuse_start") != NULL) {
        rig->refuse_start = text(step, "refuse_start");
    } else if (text(step, "refuse_send") != NULL) {
        rig->refuse_send = text(step, "refuse_send");
    } else if (text(step, "down_at_send") != NULL) {
        rig->down_at_send = text(step, "down_at_send");
    } else {
        return false;
    }
    return true;
}

static json_t *show_state(const struct mcp_client *client) {
    return json_pack(
        "{s:{s:b, s:s, s:O?, s:O?, s:s, s:I, s:I}}", "state", "ready", mcp_client_is_ready(client),
        "version", mcp_version_text(mcp_client_version(client)), "server",
        mcp_client_server_info(client), "capabilities", mcp_client_server_capabilities(client),
        "instructions", mcp_client_instructions(client), "in_flight",
        (json_int_t)mcp_client_in_flight(client), "ignored",
        (json_int_t)mcp_client_ignored(client));
}

static json_t *show_next(uint64_t next) {
    return next == UINT64_MAX ? json_pack("{s:n}", "next")
                              : json_pack("{s:I}", "next", (json_int_t)next);
}

/* Steps of a link that was never started. */
static bool needs_link(const struct rig *rig, const json_t *step) {
    static const char *const names[] = {"failed",  "down",          "session_lost",    "waiting",
                                        "receive", "receive_bytes", "receive_batch_of"};
    for (size_t i = 0; rig->events == NULL && i < MCP_COUNT(names); i++)
        if (json_object_get(step, names[i]) != NULL)
            return true;
    return false;
}

static const char *const eras[] = {"auto", "legacy", "modern"}; /* of enum mcp_client_era */

enum { MAX_URIS = 300 };

/* "uris" is a list, or a number of different ones. */
static void watch(struct rig *rig, const json_t *wanted) {
    struct mcp_err err = {0};
    static char many[MAX_URIS][8];
    const char *uris[MAX_URIS + 1] = {NULL};
    const json_t *given = json_object_get(wanted, "uris");
    for (size_t i = 0; i < MAX_URIS && (json_int_t)i < json_integer_value(given); i++) {
        (void)snprintf(many[i], sizeof many[i], "x:%zu", i);
        uris[i] = many[i];
    }
    for (size_t i = 0; i < MAX_URIS && i < json_array_size(given); i++)
        uris[i] = json_string_value(json_array_get(given, i));
    enum mcp_code code =
        mcp_client_watch(rig->client,
                         &(struct mcp_client_changes){
                             .tools = json_is_true(json_object_get(wanted, "tools")),
                             .prompts = json_is_true(json_object_get(wanted, "prompts")),
                             .resources = json_is_true(json_object_get(wanted, "resources")),
                             .uris = given != NULL ? uris : NULL,
                         },
                         &err);
    rig->out_of_memory |= code == MCP_E_NOMEM;
    if (code != MCP_OK)
        record(rig, json_pack("{s:s, s:s}", "unwatched", mcp_code_name(code), "what", err.what));
}

static enum mcp_code run(struct rig *rig, const json_t *step, struct mcp_err *err) {
    if (needs_link(rig, step))
        return MCP_OK;
    if (run_ask(rig, step) || run_call(rig, step) || run_link(rig, step))
        return MCP_OK;
    if (json_object_get(step, "watch") != NULL) {
        watch(rig, json_object_get(step, "watch"));
        return MCP_OK;
    }
    if (text(step, "notify") != NULL)
        return mcp_client_notify(rig->client, text(step, "notify"), json_object_get(step, "params"),
                                 err);
    if (text(step, "cancel") != NULL)
        mcp_client_cancel(rig->client, waiter(rig, text(step, "cancel"))->token);
    else if (json_object_get(step, "tick") != NULL)
        record(rig, show_next(mcp_client_tick(rig->client, number(step, "tick"))));
    else if (json_object_get(step, "state") != NULL)
        record(rig, show_state(rig->client));
    else if (json_object_get(step, "verdict") != NULL)
        record(rig, json_pack("{s:s}", "verdict", eras[mcp_client_verdict(rig->client)]));
    else
        return receive(rig, step, err);
    return MCP_OK;
}

/* Most cases are about the legacy era. */
static enum mcp_client_era era_of(const char *name) {
    for (size_t i = 0; name != NULL && i < MCP_COUNT(eras); i++)
        if (strcmp(name, eras[i]) == 0)
            return (enum mcp_client_era)i;
    return MCP_ERA_LEGACY;
}

static mcp_ask_fn *handler_of(const json_t *given, const char *kind) {
    const json_t *kinds = json_object_get(given, "handlers");
    for (size_t i = 0; i < json_array_size(kinds); i++)
        if (strcmp(json_string_value(json_array_get(kinds, i)), kind) == 0)
            return on_ask;
    return NULL;
}

static struct mcp_client_options options_of(const json_t *in, struct rig *rig) {
    const json_t *given = json_object_get(in, "options");
    const char *offer = text(given, "offer");
    return (struct mcp_client_options){
        .name = "probe",
        .version = "1",
        .capabilities = json_object_get(given, "capabilities"),
        .era = era_of(text(given, "era")),
        .offer = mcp_version_parse(mcp_str_of(offer)),
        .probe_timeout_ms = (uint64_t)probe_int(given, "probe_timeout", 0),
        .max_in_flight = (size_t)probe_int(given, "max_in_flight", 0),
        .max_message_bytes = (size_t)probe_int(given, "max_message_bytes", 0),
        .max_pages = (size_t)probe_int(given, "max_pages", 0),
        .max_items = (size_t)probe_int(given, "max_items", 0),
        .on_form = handler_of(given, "form"),
        .on_url = handler_of(given, "url"),
        .on_sampling = handler_of(given, "sampling"),
        .on_roots = handler_of(given, "roots"),
        .takes_sampling_tools = handler_of(given, "sampling_tools") != NULL,
        .on_notification = on_notification,
        .on_ignored = on_ignored,
        .on_gap = on_gap,
        .on_wake = on_wake,
        .jitter_seed = 1,
        .on_down = on_down,
        .user = rig,
    };
}

enum mcp_code probe_client(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *log = json_array();
    if (log == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    struct rig rig = {.link = {.ops = &ops}, .log = log};
    const struct mcp_client_options options = options_of(in, &rig);
    const char *link = text(in, "link");
    if (link != NULL)
        rig.link.kind = strcmp(link, "http") == 0 ? MCP_LINK_HTTP : MCP_LINK_OLD_HTTP;
    rig.at_once = json_object_get(json_object_get(in, "options"), "at_once");
    rig.refuse_older = text(in, "refuse_older");
    MCP_TRY(mcp_client_new(&options, &rig.link, &rig.client, err));
    mcp_client_expect(rig.client,
                      text(in, "expect") != NULL ? era_of(text(in, "expect")) : MCP_ERA_AUTO);
    enum mcp_code code = MCP_OK;
    const json_t *steps = json_object_get(in, "steps");
    for (size_t i = 0; i < json_array_size(steps) && code == MCP_OK; i++)
        code = run(&rig, json_array_get(steps, i), err);
    mcp_client_free(rig.client);
    for (size_t i = 0; i < rig.ask_count; i++)
        if (rig.asks[i] != NULL)
            mcp_ask_refuse(rig.asks[i], -1, "the end");
    if (rig.out_of_memory)
        *err = (struct mcp_err){0};
    if (rig.out_of_memory)
        code = MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code == MCP_OK)
        *out = MCP_TAKE(log);
    return code;
}
