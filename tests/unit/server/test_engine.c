/* SPDX-License-Identifier: MIT */
/* What scripts cannot say: workers, threads, hands on a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture_server.h"
#include "mcp/alloc.h"
#include "trace_outlet.h"

#define META                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientCapabilities\":{},\"progressToken\":\"p\"}"

static void receive(struct mcp_server *server, enum mcp_carrier carrier, const char *session,
                    const char *body, struct trace_outlet *outlet) {
    const struct mcp_arrival arrival = {
        .body = mcp_str_of(body), .carrier = carrier, .session_id = mcp_str_of(session)};
    mcp_server_receive(server, &arrival, &outlet->base);
}

/* An answer that is there on return: the outlet has been ended. */
static void ask(struct mcp_server *server, const char *session, const char *body,
                struct trace_outlet *outlet) {
    trace_outlet_init(outlet);
    receive(server, MCP_CARRIER_STDIO, session, body, outlet);
    assert_int_equal(outlet->ended, 1);
    assert_null(outlet->sin);
}

static void tell(struct mcp_server *server, const char *session, const char *body) {
    struct trace_outlet outlet;
    ask(server, session, body, &outlet);
    trace_outlet_deinit(&outlet);
}

static void open_session(struct mcp_server *server, char id[33]) {
    assert_int_equal(mcp_server_open_session(server, MCP_CARRIER_STDIO, MCP_STR(""), 0, id, NULL),
                     MCP_OK);
    tell(server, id,
         "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":"
         "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}}}");
    tell(server, id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
}

struct bench {
    struct fixture fixture;
    struct fixture_threads threads;
    struct mcp_server *server;
    char session[33];
};

static void start(struct bench *bench, size_t max_jobs) {
    const struct mcp_executor executor = fixture_executor(&bench->threads, max_jobs);
    assert_int_equal(fixture_open(&bench->fixture, NULL, &executor, NULL), MCP_OK);
    bench->server = bench->fixture.server;
    open_session(bench->server, bench->session);
}

static void stop(struct bench *bench) {
    fixture_join(&bench->threads);
    struct mcp_server_counts counts;
    mcp_server_count(bench->server, &counts);
    assert_int_equal(counts.in_flight, 0);
    fixture_close(&bench->fixture);
}

static const char slow_call[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
                                "\"params\":{\"name\":\"slow\"}}";

static void expect_message(const struct trace_outlet *outlet, size_t i, const char *text) {
    assert_true(outlet->sent > i);
    if (strstr(outlet->messages[i], text) == NULL)
        print_error("%s\nnot in %s\n", text, outlet->messages[i]);
    assert_non_null(strstr(outlet->messages[i], text));
}

/* --- workers --- */

static void a_worker_answers_while_others_are_answered(void **state) {
    (void)state;
    struct bench bench;
    struct trace_outlet slow;
    start(&bench, 8);
    trace_outlet_init(&slow);
    receive(bench.server, MCP_CARRIER_STDIO, bench.session, slow_call, &slow);
    assert_true(fixture_wait_slow(&bench.fixture, 1));
    struct mcp_server_counts counts;
    mcp_server_count(bench.server, &counts);
    assert_int_equal(counts.in_flight, 1);
    tell(bench.server, bench.session, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
    assert_int_equal(slow.ended, 0);
    fixture_release(&bench.fixture);
    assert_true(trace_outlet_wait_end(&slow));
    expect_message(&slow, 0, "slept");
    stop(&bench);
    trace_outlet_deinit(&slow);
}

static void a_full_queue_is_told(void **state) {
    (void)state;
    struct bench bench;
    struct trace_outlet outlet;
    start(&bench, 0);
    ask(bench.server, bench.session, slow_call, &outlet);
    assert_int_equal(outlet.outcome, MCP_OUTCOME_UNAVAILABLE);
    expect_message(&outlet, 0, "\"code\":-32603,\"message\":\"0 jobs are waiting\"");
    trace_outlet_deinit(&outlet);
    stop(&bench);
}

static void a_cancelled_worker_says_nothing(void **state) {
    (void)state;
    struct bench bench;
    struct trace_outlet slow;
    start(&bench, 8);
    trace_outlet_init(&slow);
    receive(bench.server, MCP_CARRIER_STDIO, bench.session, slow_call, &slow);
    assert_true(fixture_wait_slow(&bench.fixture, 1));
    tell(bench.server, bench.session,
         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
         "\"params\":{\"requestId\":1}}");
    assert_true(trace_outlet_wait_end(&slow));
    assert_int_equal(slow.sent, 0);
    assert_int_equal(slow.outcome, MCP_OUTCOME_ACCEPTED);
    stop(&bench);
    assert_null(slow.sin);
    trace_outlet_deinit(&slow);
}

/* S-38 */
static void a_hang_up_reaches_a_modern_worker(void **state) {
    (void)state;
    struct bench bench;
    struct trace_outlet slow;
    start(&bench, 8);
    trace_outlet_init(&slow);
    receive(bench.server, MCP_CARRIER_STREAMABLE, "",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
            "\"params\":{\"name\":\"slow\"," META "}}",
            &slow);
    assert_true(fixture_wait_slow(&bench.fixture, 1));
    mcp_server_outlet_gone(bench.server, &slow.base);
    assert_true(trace_outlet_wait_end(&slow));
    assert_int_equal(slow.sent, 0);
    stop(&bench);
    assert_null(slow.sin);
    trace_outlet_deinit(&slow);
}

static void a_stop_interrupts_workers_and_answers_for_them(void **state) {
    (void)state;
    struct bench bench;
    struct trace_outlet slow;
    start(&bench, 8);
    trace_outlet_init(&slow);
    receive(bench.server, MCP_CARRIER_STDIO, bench.session, slow_call, &slow);
    assert_true(fixture_wait_slow(&bench.fixture, 1));
    mcp_server_stop(bench.server);
    assert_true(trace_outlet_wait_end(&slow));
    expect_message(&slow, 0, "\"error\"");
    stop(&bench);
    trace_outlet_deinit(&slow);
}

static void progress_to_a_peer_that_left_is_lost_quietly(void **state) {
    (void)state;
    struct bench bench;
    struct trace_outlet outlet;
    start(&bench, 8);
    trace_outlet_init(&outlet);
    outlet.is_gone = true;
    receive(bench.server, MCP_CARRIER_STREAMABLE, "",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
            "\"params\":{\"name\":\"progress\",\"arguments\":{\"steps\":3}," META "}}",
            &outlet);
    assert_int_equal(outlet.ended, 1);
    assert_null(outlet.sin);
    trace_outlet_deinit(&outlet);
    stop(&bench);
}

/* --- hands on a call --- */

enum trick { KEEP_AND_ANSWER, KEEP_AND_RETURN, HEAR_AT_ONCE, HEAR_NOTHING, STEP_BACK };

/* What the tool "handy" does. */
struct handy {
    enum trick trick;
    struct mcp_server *server;
    char session[33];
    pthread_t thread;
    size_t heard;
};

static void *answer_now(void *user) {
    struct mcp_call *call = user;
    struct mcp_result result = {0};
    struct mcp_err err = {0};
    mcp_call_progress(call, 0.5, 1, NULL);
    if (mcp_result_take(&result, json_pack("{s:[]}", "content"), &err) != MCP_OK)
        mcp_call_fail(call, &err);
    else
        mcp_call_finish(call, &result);
    return NULL;
}

static void hear(void *user) {
    ((struct handy *)user)->heard++;
}

static void step_back(struct mcp_call *call) {
    mcp_call_progress(call, 2, 4, NULL);
    mcp_call_progress(call, 1, 4, NULL);
    mcp_call_progress(call, 2, 4, NULL);
    mcp_call_progress(call, 2.5, 4, NULL);
}

static enum mcp_code run_handy(struct mcp_call *call, const json_t *arguments,
                               struct mcp_result *result, void *user, struct mcp_err *err) {
    struct handy *handy = user;
    (void)arguments;
    if (handy->trick == KEEP_AND_ANSWER || handy->trick == KEEP_AND_RETURN)
        mcp_call_keep(call);
    if (handy->trick == KEEP_AND_ANSWER) {
        assert_int_equal(pthread_create(&handy->thread, NULL, answer_now, call), 0);
        return MCP_PENDING;
    }
    if (handy->trick == KEEP_AND_RETURN)
        return MCP_FAIL(err, MCP_E_LIMIT, "no room upstream");
    if (handy->trick == STEP_BACK)
        step_back(call);
    if (handy->trick == HEAR_NOTHING)
        mcp_call_on_cancel(call, hear, handy);
    if (handy->trick == HEAR_AT_ONCE) {
        tell(handy->server, handy->session,
             "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
             "\"params\":{\"requestId\":1}}");
        assert_true(mcp_call_cancelled(call));
        mcp_call_on_cancel(call, hear, handy);
    }
    return mcp_result_take(result, json_pack("{s:[]}", "content"), err);
}

static void start_handy(struct handy *handy, enum trick trick) {
    const struct mcp_server_options options = {.name = "handy", .version = "1"};
    const struct mcp_tool tool = {.name = "handy",
                                  .description = "For tests",
                                  .input_schema = "{\"type\":\"object\"}",
                                  .run = run_handy,
                                  .user = handy};
    *handy = (struct handy){.trick = trick};
    assert_int_equal(mcp_server_new(&options, &handy->server, NULL), MCP_OK);
    assert_int_equal(mcp_server_add_tool(handy->server, &tool, NULL), MCP_OK);
    assert_int_equal(mcp_server_start(handy->server, NULL), MCP_OK);
    open_session(handy->server, handy->session);
}

static void call_handy(struct handy *handy, struct trace_outlet *outlet) {
    trace_outlet_init(outlet);
    receive(handy->server, MCP_CARRIER_STDIO, handy->session,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":"
            "{\"name\":\"handy\",\"_meta\":{\"progressToken\":1}}}",
            outlet);
    assert_true(trace_outlet_wait_end(outlet));
}

static void stop_handy(struct handy *handy, struct trace_outlet *outlet) {
    struct mcp_server_counts counts;
    mcp_server_count(handy->server, &counts);
    assert_int_equal(counts.in_flight, 0);
    mcp_server_stop(handy->server);
    mcp_server_free(handy->server);
    assert_null(outlet->sin);
    assert_int_equal(outlet->ended, 1);
    trace_outlet_deinit(outlet);
}

static void a_kept_call_may_be_answered_before_its_handler_returns(void **state) {
    (void)state;
    for (int i = 0; i < 50; i++) {
        struct handy handy;
        struct trace_outlet outlet;
        start_handy(&handy, KEEP_AND_ANSWER);
        call_handy(&handy, &outlet);
        (void)pthread_join(handy.thread, NULL);
        expect_message(&outlet, 0, "\"progress\":0.5");
        expect_message(&outlet, 1, "\"content\":[]");
        stop_handy(&handy, &outlet);
    }
}

static void a_kept_call_that_fails_at_once_is_answered_once(void **state) {
    (void)state;
    struct handy handy;
    struct trace_outlet outlet;
    start_handy(&handy, KEEP_AND_RETURN);
    call_handy(&handy, &outlet);
    expect_message(&outlet, 0, "no room upstream");
    expect_message(&outlet, 0, "\"isError\":true");
    stop_handy(&handy, &outlet);
}

static void who_listens_too_late_hears_at_once(void **state) {
    (void)state;
    struct handy handy;
    struct trace_outlet outlet;
    start_handy(&handy, HEAR_AT_ONCE);
    call_handy(&handy, &outlet);
    assert_int_equal(handy.heard, 1);
    assert_int_equal(outlet.sent, 0);
    stop_handy(&handy, &outlet);
}

/* S-56 */
static void nothing_is_heard_after_the_answer(void **state) {
    (void)state;
    struct handy handy;
    struct trace_outlet outlet;
    start_handy(&handy, HEAR_NOTHING);
    call_handy(&handy, &outlet);
    tell(handy.server, handy.session,
         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
         "\"params\":{\"requestId\":1}}");
    assert_int_equal(handy.heard, 0);
    stop_handy(&handy, &outlet);
}

/* S-56 */
static void progress_only_increases(void **state) {
    (void)state;
    struct handy handy;
    struct trace_outlet outlet;
    start_handy(&handy, STEP_BACK);
    call_handy(&handy, &outlet);
    assert_int_equal(outlet.sent, 3);
    expect_message(&outlet, 0, "\"progress\":2,");
    expect_message(&outlet, 1, "\"progress\":2.5,");
    stop_handy(&handy, &outlet);
}

static void note_promise(void *user, const char *tool, const struct mcp_err *why) {
    (void)snprintf(user, 256, "%s %s", tool, why->where);
}

/* S-53 */
static void whoever_runs_the_server_hears_of_a_broken_promise(void **state) {
    (void)state;
    struct fixture fixture;
    struct trace_outlet outlet;
    char session[33];
    char heard[256] = "";
    const struct mcp_server_options options = {.on_broken_promise = note_promise,
                                               .on_broken_promise_user = heard};
    assert_int_equal(fixture_open_asking(&fixture, &options, NULL), MCP_OK);
    open_session(fixture.server, session);
    ask(fixture.server, session,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"promise\","
        "\"arguments\":{\"answer\":{\"structuredContent\":{\"n\":\"x\"}}}}}",
        &outlet);
    expect_message(&outlet, 0, "\"isError\":true");
    assert_string_equal(heard, "promise /structuredContent/n");
    trace_outlet_deinit(&outlet);
    fixture_close(&fixture);
}

/* --- memory --- */

static void a_message_over_its_memory_is_an_internal_error(void **state) {
    (void)state;
    struct fixture fixture;
    struct trace_outlet outlet;
    char session[33];
    static char body[8192];
    const struct mcp_server_options options = {.request_memory_bytes = 8192};
    mcp_json_use_allocator();
    assert_int_equal(fixture_open(&fixture, &options, NULL, NULL), MCP_OK);
    open_session(fixture.server, session);
    int len = snprintf(body, sizeof body,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\","
                       "\"params\":{\"a\":[");
    for (size_t i = 0; i < 500; i++)
        len += snprintf(body + len, sizeof body - (size_t)len, "%zu,", i);
    (void)snprintf(body + len, sizeof body - (size_t)len, "0]}}");
    ask(fixture.server, session, body, &outlet);
    expect_message(&outlet, 0, "\"id\":null,\"error\":{\"code\":-32603");
    trace_outlet_deinit(&outlet);
    ask(fixture.server, session, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", &outlet);
    expect_message(&outlet, 0, "\"result\":{}");
    trace_outlet_deinit(&outlet);
    fixture_close(&fixture);
}

static struct { size_t made; } tally;

static void *count_resize(void *old, size_t bytes, void *user) {
    (void)user;
    tally.made++;
    return realloc(old, bytes);
}

static void count_release(void *old, void *user) {
    (void)user;
    free(old);
}

static size_t allocations_of(struct mcp_server *server, const char *session, const char *body) {
    struct trace_outlet outlet;
    trace_outlet_init(&outlet);
    tally.made = 0;
    mcp_alloc_install(&(struct mcp_allocator){count_resize, count_release, NULL});
    receive(server, session[0] != '\0' ? MCP_CARRIER_STDIO : MCP_CARRIER_STREAMABLE, session, body,
            &outlet);
    mcp_alloc_install(NULL);
    assert_int_equal(outlet.ended, 1);
    expect_message(&outlet, 0, "\"contents\":[");
    trace_outlet_deinit(&outlet);
    return tally.made;
}

static size_t allocations_of_parse(const char *body) {
    json_t *root = NULL;
    tally.made = 0;
    mcp_alloc_install(&(struct mcp_allocator){count_resize, count_release, NULL});
    assert_int_equal(mcp_json_parse(mcp_str_of(body), &root, NULL), MCP_OK);
    json_decref(root);
    mcp_alloc_install(NULL);
    return tally.made;
}

/* The budget of reference/performance.md: one allocation, the call, beyond parsing. */
static void an_encoded_read_allocates_nothing_but_its_call(void **state) {
    (void)state;
    static const char legacy[] = "{\"jsonrpc\":\"2.0\",\"id\":\"r\",\"method\":\"resources/read\","
                                 "\"params\":{\"uri\":\"fixture://text\"}}";
    static const char modern[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\","
                                 "\"params\":{\"uri\":\"fixture://text\"," META "}}";
    struct fixture fixture;
    char session[33];
    mcp_json_use_allocator();
    assert_int_equal(fixture_open(&fixture, NULL, NULL, NULL), MCP_OK);
    open_session(fixture.server, session);
    assert_int_equal(allocations_of(fixture.server, session, legacy),
                     allocations_of_parse(legacy) + 1);
    assert_int_equal(allocations_of(fixture.server, "", modern), allocations_of_parse(modern) + 1);
    fixture_close(&fixture);
}

/* --- many threads at once --- */

enum { ROUNDS = 150 };

struct worker {
    struct mcp_server *server;
    char session[33];
    struct trace_outlet stream;
};

static void exchange(struct worker *worker, const char *body) {
    struct trace_outlet outlet;
    trace_outlet_init(&outlet);
    receive(worker->server, MCP_CARRIER_STDIO, worker->session, body, &outlet);
    assert_true(trace_outlet_wait_end(&outlet));
    assert_null(outlet.sin);
    trace_outlet_deinit(&outlet);
}

static void *work(void *user) {
    struct worker *worker = user;
    static const char *const bodies[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\","
        "\"params\":{\"uri\":\"fixture://text\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/subscribe\","
        "\"params\":{\"uri\":\"fixture://text\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":"
        "\"progress\",\"arguments\":{\"steps\":2},\"_meta\":{\"progressToken\":\"t\"}}}",
        "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"resources/unsubscribe\","
        "\"params\":{\"uri\":\"fixture://text\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"logging/setLevel\","
        "\"params\":{\"level\":\"error\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"tools/list\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
        "\"params\":{\"requestId\":3}}",
    };
    for (size_t i = 0; i < ROUNDS; i++)
        exchange(worker, bodies[i % MCP_COUNT(bodies)]);
    return NULL;
}

static void *listen_and_leave(void *user) {
    struct worker *worker = user;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct trace_outlet outlet;
        trace_outlet_init(&outlet);
        receive(worker->server, MCP_CARRIER_STREAMABLE, "",
                "{\"jsonrpc\":\"2.0\",\"id\":\"l\",\"method\":\"subscriptions/listen\","
                "\"params\":{\"notifications\":{\"toolsListChanged\":true,"
                "\"resourceSubscriptions\":[\"fixture://text\"]}," META "}}",
                &outlet);
        mcp_server_outlet_gone(worker->server, &outlet.base);
        assert_true(trace_outlet_wait_end(&outlet));
        expect_message(&outlet, 0, "notifications/subscriptions/acknowledged");
        assert_null(outlet.sin);
        trace_outlet_deinit(&outlet);
    }
    return NULL;
}

static void *announce(void *user) {
    struct worker *worker = user;
    for (size_t i = 0; i < ROUNDS; i++) {
        mcp_server_resource_changed(worker->server, "fixture://text");
        mcp_server_tool_list_changed(worker->server);
        mcp_server_tick(worker->server, i);
    }
    return NULL;
}

static void *come_and_go(void *user) {
    struct worker *worker = user;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct worker guest = {.server = worker->server};
        open_session(guest.server, guest.session);
        trace_outlet_init(&guest.stream);
        const struct mcp_str id = mcp_str_of(guest.session);
        assert_int_equal(mcp_server_attach(guest.server, id, MCP_STR(""), &guest.stream.base, NULL),
                         MCP_OK);
        if (i % 2 == 0)
            mcp_server_outlet_gone(guest.server, &guest.stream.base);
        assert_int_equal(mcp_server_end_session(guest.server, id, MCP_STR(""), NULL), MCP_OK);
        assert_true(trace_outlet_wait_end(&guest.stream));
        assert_null(guest.stream.sin);
        trace_outlet_deinit(&guest.stream);
    }
    return NULL;
}

static void everything_at_once(void **state) {
    (void)state;
    struct bench bench;
    struct worker workers[3];
    pthread_t threads[6];
    start(&bench, 0);
    for (size_t i = 0; i < 3; i++) {
        workers[i].server = bench.server;
        open_session(bench.server, workers[i].session);
        trace_outlet_init(&workers[i].stream);
        assert_int_equal(mcp_server_attach(bench.server, mcp_str_of(workers[i].session),
                                           MCP_STR(""), &workers[i].stream.base, NULL),
                         MCP_OK);
    }
    void *(*const jobs[])(void *) = {work, work, work, listen_and_leave, announce, come_and_go};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, jobs[i], &workers[i % 3]), 0);
    for (size_t i = 0; i < 6; i++)
        (void)pthread_join(threads[i], NULL);
    mcp_server_stop(bench.server);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(workers[i].stream.ended, 1);
        assert_null(workers[i].stream.sin);
        trace_outlet_deinit(&workers[i].stream);
    }
    stop(&bench);
}

/* Slow calls end while the server stops and their session goes, each exactly once. */
static void ends_cross(void **state) {
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct bench bench;
        struct trace_outlet slow[4];
        start(&bench, 8);
        for (size_t i = 0; i < 4; i++) {
            char body[128];
            (void)snprintf(body, sizeof body,
                           "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"tools/call\","
                           "\"params\":{\"name\":\"slow\"}}",
                           i);
            trace_outlet_init(&slow[i]);
            receive(bench.server, MCP_CARRIER_STDIO, bench.session, body, &slow[i]);
        }
        if (round % 2 == 0)
            fixture_release(&bench.fixture);
        assert_int_equal(
            mcp_server_end_session(bench.server, mcp_str_of(bench.session), MCP_STR(""), NULL),
            MCP_OK);
        mcp_server_stop(bench.server);
        for (size_t i = 0; i < 4; i++)
            assert_true(trace_outlet_wait_end(&slow[i]));
        stop(&bench);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(slow[i].ended, 1);
            assert_null(slow[i].sin);
            trace_outlet_deinit(&slow[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_answers_while_others_are_answered),
        cmocka_unit_test(a_full_queue_is_told),
        cmocka_unit_test(a_cancelled_worker_says_nothing),
        cmocka_unit_test(a_hang_up_reaches_a_modern_worker),
        cmocka_unit_test(a_stop_interrupts_workers_and_answers_for_them),
        cmocka_unit_test(progress_to_a_peer_that_left_is_lost_quietly),
        cmocka_unit_test(a_kept_call_may_be_answered_before_its_handler_returns),
        cmocka_unit_test(a_kept_call_that_fails_at_once_is_answered_once),
        cmocka_unit_test(who_listens_too_late_hears_at_once),
        cmocka_unit_test(nothing_is_heard_after_the_answer),
        cmocka_unit_test(progress_only_increases),
        cmocka_unit_test(whoever_runs_the_server_hears_of_a_broken_promise),
        cmocka_unit_test(a_message_over_its_memory_is_an_internal_error),
        cmocka_unit_test(an_encoded_read_allocates_nothing_but_its_call),
        cmocka_unit_test(everything_at_once),
        cmocka_unit_test(ends_cross),
    };
    return cmocka_run_group_tests_name("server.engine", tests, NULL, NULL);
}
