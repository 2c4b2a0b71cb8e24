/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/server.json. */
#include "probe_server.h"

#include <assert.h>
#include <string.h>

#include "fixture_server.h"
#include "mcp/alloc.h"
#include "trace_outlet.h"

probe_fn probe_server;

enum { STEPS = 64, SESSIONS = 8, HEADERS = 16 };

struct named {
    char name[32];
    char id[33];
    struct trace_outlet stream;
    bool has_stream;
};

struct probe_server {
    struct fixture fixture;
    struct trace_outlet outlets[STEPS];
    bool is_used[STEPS];
    struct named sessions[SESSIONS];
    char next[64]; /* the last nextCursor */
    char *state;   /* the last requestState, or NULL */
    size_t at;     /* the step */
};

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static void forget(struct probe_server *bench) {
    mcp_free(bench->state);
    for (size_t i = 0; i < STEPS; i++)
        if (bench->is_used[i])
            trace_outlet_deinit(&bench->outlets[i]);
    for (size_t i = 0; i < SESSIONS; i++)
        if (bench->sessions[i].has_stream)
            trace_outlet_deinit(&bench->sessions[i].stream);
}

void probe_server_close(struct probe_server *bench) {
    if (bench == NULL)
        return;
    fixture_close(&bench->fixture);
    forget(bench);
    mcp_free(bench);
}

static void close_bench(struct probe_server **bench) {
    probe_server_close(*bench);
}

/* --- names --- */

static const char *text_of(const json_t *step, const char *key) {
    const char *text = json_string_value(json_object_get(step, key));
    return text != NULL ? text : "";
}

static struct named *need_session(struct probe_server *bench, const char *name) {
    size_t i = 0;
    while (bench->sessions[i].name[0] != '\0' && strcmp(bench->sessions[i].name, name) != 0)
        i++;
    struct named *named = &bench->sessions[i];
    if (named->name[0] == '\0') {
        memcpy(named->name, name, strlen(name) + 1);
        memcpy(named->id, "ffffffffffffffffffffffffffffffff", 33);
    }
    return named;
}

static struct mcp_str session_of(struct probe_server *bench, const json_t *step, const char *key) {
    const char *name = text_of(step, key);
    return name[0] != '\0' ? mcp_str_of(need_session(bench, name)->id) : MCP_STR("");
}

static enum mcp_carrier carrier_of(const json_t *step) {
    const char *name = text_of(step, "carrier");
    if (strcmp(name, "sse") == 0)
        return MCP_CARRIER_SSE;
    return strcmp(name, "stdio") == 0 ? MCP_CARRIER_STDIO : MCP_CARRIER_STREAMABLE;
}

static uint64_t now_of(const json_t *step) {
    return (uint64_t)probe_int(step, "now", 0);
}

static json_t *code_name(enum mcp_code code) {
    return json_string(code == MCP_OK ? "OK" : mcp_code_name(code));
}

/* --- what came back --- */

static void hide_cursor(struct probe_server *bench, json_t *message) {
    json_t *result = json_object_get(message, "result");
    struct mcp_str next = mcp_json_str(json_object_get(result, "nextCursor"));
    if (next.len == 0 || next.len >= sizeof bench->next)
        return;
    memcpy(bench->next, next.ptr, next.len);
    bench->next[next.len] = '\0';
    (void)json_object_set_new(result, "nextCursor", json_string("$next"));
}

static void hide_state(struct probe_server *bench, json_t *message) {
    json_t *result = json_object_get(message, "result");
    const char *state = json_string_value(json_object_get(result, "requestState"));
    if (state == NULL || strcmp(state, "$state") == 0)
        return;
    mcp_free(bench->state);
    bench->state = mcp_strdup(state);
    (void)json_object_set_new(result, "requestState", json_string("$state"));
}

/* A URL elicitation has a random name. */
static void hide_elicitation(json_t *message) {
    json_t *params = json_object_get(message, "params");
    if (json_string_length(json_object_get(params, "elicitationId")) == 32)
        (void)json_object_set_new(params, "elicitationId", json_string("$id"));
}

static void hide(struct probe_server *bench, json_t *message) {
    hide_cursor(bench, message);
    hide_state(bench, message);
    hide_elicitation(message);
}

static enum mcp_code show(struct probe_server *bench, const struct trace_outlet *outlet,
                          const char *as, json_t **out, struct mcp_err *err) {
    size_t refused = mcp_alloc_refusals();
    json_auto_t *trace = trace_outlet_json(outlet);
    size_t i;
    json_t *message;
    if (outlet->sin != NULL)
        return MCP_FAIL(err, MCP_E_BUG, "%s", outlet->sin);
    if (trace == NULL && mcp_alloc_refusals() == refused)
        return MCP_FAIL(err, MCP_E_BUG, "sent what is not JSON");
    json_array_foreach(json_object_get(trace, "sent"), i, message) hide(bench, message);
    if (as[0] != '\0' && json_object_get(trace, "session") != NULL)
        (void)json_object_set_new(trace, "session", json_string(as));
    if (mcp_alloc_refusals() != refused)
        return no_memory(err);
    *out = MCP_TAKE(trace);
    return MCP_OK;
}

/* --- steps --- */

static bool put_state(const struct probe_server *bench, json_t *params) {
    struct mcp_str wish = mcp_json_str(json_object_get(params, "requestState"));
    bool is_forged = mcp_str_equal(wish, MCP_STR("$state!"));
    if (bench->state == NULL || (!is_forged && !mcp_str_equal(wish, MCP_STR("$state"))))
        return true;
    json_t *state = json_sprintf("%s%s", bench->state, is_forged ? "-" : "");
    return json_object_set_new(params, "requestState", state) == 0;
}

static enum mcp_code body_of(struct probe_server *bench, const json_t *message, struct mcp_buf *out,
                             struct mcp_err *err) {
    if (json_is_string(message)) {
        mcp_buf_add(out, mcp_json_str(message));
        return mcp_buf_finish(out, err);
    }
    size_t refused = mcp_alloc_refusals();
    json_auto_t *copy = json_deep_copy(message);
    json_t *params = json_object_get(copy, "params");
    bool wants_next =
        mcp_str_equal(mcp_json_str(json_object_get(params, "cursor")), MCP_STR("$next"));
    if (wants_next && json_object_set_new(params, "cursor", json_string(bench->next)) != 0)
        return no_memory(err);
    if (!put_state(bench, params))
        return no_memory(err);
    return copy != NULL && mcp_alloc_refusals() == refused ? mcp_json_write(copy, out, err)
                                                           : no_memory(err);
}

static size_t headers_of(const json_t *step, struct mcp_http_header *headers) {
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(step, "headers"), name, value) {
        /* a list is a repeated header */
        size_t times = json_is_array(value) ? json_array_size(value) : 1;
        for (size_t i = 0; i < times && count < HEADERS; i++)
            headers[count++] = (struct mcp_http_header){
                mcp_str_of(name),
                mcp_json_str(json_is_array(value) ? json_array_get(value, i) : value)};
    }
    return count;
}

/* "METHOD", or "METHOD NAME". */
static bool allows(void *user, struct mcp_str method, struct mcp_str name) {
    const json_t *forbidden = user;
    for (size_t i = 0; i < json_array_size(forbidden); i++) {
        struct mcp_str row = mcp_json_str(json_array_get(forbidden, i));
        const char *space = memchr(row.ptr, ' ', row.len);
        size_t len = space != NULL ? (size_t)(space - row.ptr) : row.len;
        bool is_named =
            space == NULL || mcp_str_equal(name, (struct mcp_str){space + 1, row.len - len - 1});
        if (is_named && mcp_str_equal(method, (struct mcp_str){row.ptr, len}))
            return false;
    }
    return true;
}

static enum mcp_code receive(struct probe_server *bench, const json_t *step, json_t **out,
                             struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(1 << 24);
    struct mcp_http_header headers[HEADERS];
    const struct mcp_http_head head = {.method = MCP_STR("POST"),
                                       .path = MCP_STR("/mcp"),
                                       .headers = headers,
                                       .header_count = headers_of(step, headers)};
    MCP_TRY(body_of(bench, json_object_get(step, "receive"), &body, err));
    json_t *forbidden = json_object_get(step, "forbidden");
    const struct mcp_gate gate = {forbidden != NULL ? allows : NULL, forbidden};
    const struct mcp_arrival arrival = {.body = mcp_buf_view(&body),
                                        .carrier = carrier_of(step),
                                        .http =
                                            carrier_of(step) == MCP_CARRIER_STDIO ? NULL : &head,
                                        .session_id = session_of(bench, step, "session"),
                                        .principal = mcp_str_of(text_of(step, "principal")),
                                        .gate = &gate,
                                        .now_ms = now_of(step)};
    struct trace_outlet *outlet = &bench->outlets[bench->at];
    trace_outlet_init(outlet);
    bench->is_used[bench->at] = true;
    mcp_server_receive(bench->fixture.server, &arrival, &outlet->base);
    const char *as = text_of(step, "as");
    if (as[0] != '\0' && outlet->session_id[0] != '\0')
        memcpy(need_session(bench, as)->id, outlet->session_id, 33);
    return show(bench, outlet, as, out, err);
}

static enum mcp_code open_one(struct probe_server *bench, const json_t *step, json_t **out,
                              struct mcp_err *err) {
    struct named *named = need_session(bench, text_of(step, "open"));
    struct mcp_err why = {0};
    enum mcp_code code = mcp_server_open_session(bench->fixture.server, carrier_of(step),
                                                 mcp_str_of(text_of(step, "principal")),
                                                 now_of(step), named->id, &why);
    return probe_give(code == MCP_E_NOMEM ? NULL : code_name(code), out, err);
}

static enum mcp_code check(struct probe_server *bench, const json_t *step, json_t **out,
                           struct mcp_err *err) {
    enum mcp_code code =
        mcp_server_check_session(bench->fixture.server, session_of(bench, step, "check"),
                                 mcp_str_of(text_of(step, "principal")), now_of(step), NULL);
    return probe_give(code_name(code), out, err);
}

static enum mcp_code version(struct probe_server *bench, const json_t *step, json_t **out,
                             struct mcp_err *err) {
    enum mcp_version found = MCP_VERSION_NONE;
    enum mcp_code code = mcp_server_session_version(
        bench->fixture.server, session_of(bench, step, "version"), &found, NULL);
    return probe_give(code == MCP_OK ? json_string(mcp_version_text(found)) : code_name(code), out,
                      err);
}

static enum mcp_code attach(struct probe_server *bench, const json_t *step, json_t **out,
                            struct mcp_err *err) {
    struct named *named = need_session(bench, text_of(step, "attach"));
    struct trace_outlet second = {0};
    struct trace_outlet *outlet = named->has_stream ? &second : &named->stream;
    trace_outlet_init(outlet);
    enum mcp_code code =
        mcp_server_attach(bench->fixture.server, mcp_str_of(named->id),
                          mcp_str_of(text_of(step, "principal")), &outlet->base, NULL);
    if (code == MCP_OK)
        named->has_stream = true;
    else
        trace_outlet_deinit(outlet);
    return probe_give(code == MCP_E_NOMEM ? NULL : code_name(code), out, err);
}

static enum mcp_code end(struct probe_server *bench, const json_t *step, json_t **out,
                         struct mcp_err *err) {
    return probe_give(
        code_name(mcp_server_end_session(bench->fixture.server, session_of(bench, step, "end"),
                                         mcp_str_of(text_of(step, "principal")), NULL)),
        out, err);
}

static enum mcp_code count(struct probe_server *bench, json_t **out, struct mcp_err *err) {
    struct mcp_server_counts counts;
    mcp_server_count(bench->fixture.server, &counts);
    return probe_give(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "sessions",
                                (json_int_t)counts.sessions, "streams", (json_int_t)counts.streams,
                                "in_flight", (json_int_t)counts.in_flight, "subscriptions",
                                (json_int_t)counts.subscriptions, "requests",
                                (json_int_t)counts.requests, "errors", (json_int_t)counts.errors),
                      out, err);
}

static enum mcp_code list_changed(struct probe_server *bench, const char *what, json_t **out,
                                  struct mcp_err *err) {
    if (strcmp(what, "tools") == 0)
        mcp_server_tool_list_changed(bench->fixture.server);
    else if (strcmp(what, "resources") == 0)
        mcp_server_resource_list_changed(bench->fixture.server);
    else
        mcp_server_prompt_list_changed(bench->fixture.server);
    return probe_give(json_true(), out, err);
}

static bool has_values(const char *uri, const json_t *values, void *user) {
    (void)uri;
    return json_equal(values, user);
}

/* Steps without an answer of their own. */
static enum mcp_code act(struct probe_server *bench, const json_t *step, json_t **out,
                         struct mcp_err *err) {
    struct mcp_server *server = bench->fixture.server;
    if (json_object_get(step, "hang_up") != NULL)
        mcp_server_outlet_gone(server, &need_session(bench, text_of(step, "hang_up"))->stream.base);
    if (json_object_get(step, "gone") != NULL)
        mcp_server_outlet_gone(server, &bench->outlets[probe_int(step, "gone", 0)].base);
    if (json_object_get(step, "tick") != NULL)
        mcp_server_tick(server, (uint64_t)probe_int(step, "tick", 0));
    if (json_object_get(step, "stop") != NULL)
        mcp_server_stop(server);
    if (json_object_get(step, "release") != NULL)
        fixture_release(&bench->fixture);
    if (json_object_get(step, "changed") != NULL)
        mcp_server_resource_changed(server, text_of(step, "changed"));
    if (json_object_get(step, "template_changed") != NULL)
        mcp_server_template_changed(server, text_of(step, "template_changed"), has_values,
                                    json_object_get(step, "values"));
    return probe_give(json_boolean(mcp_server_is_stopping(server)), out, err);
}

static enum mcp_code apply(struct probe_server *bench, const json_t *step, json_t **out,
                           struct mcp_err *err) {
    if (json_object_get(step, "receive") != NULL)
        return receive(bench, step, out, err);
    if (json_object_get(step, "open") != NULL)
        return open_one(bench, step, out, err);
    if (json_object_get(step, "check") != NULL)
        return check(bench, step, out, err);
    if (json_object_get(step, "version") != NULL)
        return version(bench, step, out, err);
    if (json_object_get(step, "attach") != NULL)
        return attach(bench, step, out, err);
    if (json_object_get(step, "end") != NULL)
        return end(bench, step, out, err);
    if (json_object_get(step, "count") != NULL)
        return count(bench, out, err);
    if (json_object_get(step, "list_changed") != NULL)
        return list_changed(bench, text_of(step, "list_changed"), out, err);
    if (json_object_get(step, "trace") != NULL)
        return show(bench, &bench->outlets[probe_int(step, "trace", 0)], "", out, err);
    if (json_object_get(step, "heard") != NULL)
        return show(bench, &need_session(bench, text_of(step, "heard"))->stream, "", out, err);
    return act(bench, step, out, err);
}

static struct mcp_server_options options_of(const json_t *in) {
    const json_t *given = json_object_get(in, "options");
    return (struct mcp_server_options){
        .page_size = (size_t)probe_int(given, "page_size", 0),
        .max_sessions = (size_t)probe_int(given, "max_sessions", 0),
        .session_idle_ms = (uint64_t)probe_int(given, "session_idle_ms", 0),
        .max_inflight = (size_t)probe_int(given, "max_inflight", 0),
        .max_inflight_per_session = (size_t)probe_int(given, "max_inflight_per_session", 0),
        .max_subscriptions = (size_t)probe_int(given, "max_subscriptions", 0),
        .max_batch = (size_t)probe_int(given, "max_batch", 0),
        .request_memory_bytes = (size_t)probe_int(given, "request_memory_bytes", 0)};
}

/* The server has stopped: then every outlet it was given has been ended, once. */
static enum mcp_code check_ends(const struct probe_server *bench, struct mcp_err *err) {
    for (size_t i = 0; i < STEPS; i++)
        if (bench->is_used[i] && (bench->outlets[i].ended != 1 || bench->outlets[i].sin != NULL))
            return MCP_FAIL(err, MCP_E_BUG, "the outlet of step %zu was ended %zu times", i,
                            bench->outlets[i].ended);
    for (size_t i = 0; i < SESSIONS; i++)
        if (bench->sessions[i].has_stream && bench->sessions[i].stream.ended != 1)
            return MCP_FAIL(err, MCP_E_BUG, "a stream was not ended");
    return MCP_OK;
}

static enum mcp_code open_bench(struct probe_server *bench, const json_t *in, struct mcp_err *err) {
    const struct mcp_server_options options = options_of(in);
    return json_is_true(json_object_get(in, "asks"))
               ? fixture_open_asking(&bench->fixture, &options, err)
               : fixture_open(&bench->fixture, &options, NULL, err);
}

enum mcp_code probe_server_open(const json_t *in, struct probe_server **out_bench,
                                struct mcp_err *err) {
    struct probe_server *bench MCP_AUTO(close_bench) = mcp_alloc(sizeof *bench);
    if (bench == NULL)
        return no_memory(err);
    MCP_TRY(open_bench(bench, in, err));
    *out_bench = MCP_TAKE(bench);
    return MCP_OK;
}

enum mcp_code probe_server_renew(struct probe_server *bench, struct mcp_err *err) {
    MCP_TRY(fixture_renew(&bench->fixture, err));
    forget(bench);
    struct fixture fixture = bench->fixture;
    memset(bench, 0, sizeof *bench);
    bench->fixture = fixture;
    return MCP_OK;
}

static enum mcp_code run(struct probe_server *bench, const json_t *in, json_t *results,
                         struct mcp_err *err) {
    json_t *step;
    json_array_foreach(json_object_get(in, "steps"), bench->at, step) {
        json_t *result = NULL;
        MCP_TRY(apply(bench, step, &result, err));
        if (json_array_append_new(results, result) != 0)
            return no_memory(err);
    }
    return MCP_OK;
}

enum mcp_code probe_server_run(struct probe_server *bench, const json_t *in, json_t *results,
                               struct mcp_err *err) {
    assert(bench != NULL);
    size_t refused = mcp_alloc_refusals();
    enum mcp_code code = run(bench, in, results, err);
    fixture_stop(&bench->fixture);
    MCP_TRY(check_ends(bench, code == MCP_OK ? err : NULL));
    if (code == MCP_OK && mcp_alloc_refusals() != refused)
        return no_memory(err); /* some answer was "Internal error" */
    return code;
}

enum mcp_code probe_server(const json_t *in, json_t **out, struct mcp_err *err) {
    struct probe_server *bench MCP_AUTO(close_bench) = NULL;
    MCP_TRY(probe_server_open(in, &bench, err));
    json_auto_t *results = json_array();
    if (results == NULL)
        return no_memory(err);
    MCP_TRY(probe_server_run(bench, in, results, err));
    *out = MCP_TAKE(results);
    return MCP_OK;
}
