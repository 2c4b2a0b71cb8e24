/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/channel.h"
#include "trace_outlet.h"

static const struct mcp_opening opening = {.outcome = MCP_OUTCOME_OK};
static const struct mcp_str hello[] = {{"\"hel", 4}, {"lo\"", 3}};

struct bench {
    struct trace_outlet trace;
    struct mcp_channel channel;
};

static void start(struct bench *bench) {
    trace_outlet_init(&bench->trace);
    mcp_channel_init(&bench->channel, &bench->trace.base);
}

static void stop(struct bench *bench) {
    assert_null(bench->trace.sin);
    assert_int_equal(bench->trace.ended, 1);
    mcp_channel_deinit(&bench->channel);
    trace_outlet_deinit(&bench->trace);
}

static void begins_once_sends_ends_once(void **state) {
    (void)state;
    struct bench bench;
    start(&bench);
    assert_int_equal(mcp_channel_send(&bench.channel, &opening, hello, 2, NULL), MCP_OK);
    assert_int_equal(mcp_channel_send(&bench.channel, &opening, hello, 2, NULL), MCP_OK);
    const struct mcp_farewell farewell = {&opening, hello, 2, NULL};
    mcp_channel_finish(&bench.channel, &farewell);
    mcp_channel_finish(&bench.channel, &farewell);
    mcp_channel_close(&bench.channel);
    assert_int_equal(bench.trace.begun, 1);
    assert_int_equal(bench.trace.sent, 3);
    assert_string_equal(bench.trace.messages[2], "\"hello\"");
    assert_true(bench.trace.had_last);
    stop(&bench);
}

static void nothing_is_sent_after_the_end(void **state) {
    (void)state;
    struct bench bench;
    struct mcp_err err = {0};
    start(&bench);
    mcp_channel_close(&bench.channel);
    assert_int_equal(mcp_channel_send(&bench.channel, &opening, hello, 2, &err), MCP_E_CANCELLED);
    assert_int_equal(err.code, MCP_E_CANCELLED);
    assert_int_equal(bench.trace.begun, 0);
    assert_int_equal(bench.trace.sent, 0);
    stop(&bench);
}

static void a_farewell_may_be_silent(void **state) {
    (void)state;
    struct bench bench;
    start(&bench);
    mcp_channel_finish(&bench.channel, &(struct mcp_farewell){0});
    assert_int_equal(bench.trace.begun, 0);
    assert_int_equal(bench.trace.sent, 0);
    stop(&bench);
}

static void the_peers_leaving_is_told(void **state) {
    (void)state;
    struct bench bench;
    start(&bench);
    bench.trace.is_gone = true;
    assert_int_equal(mcp_channel_send(&bench.channel, NULL, hello, 2, NULL), MCP_E_CANCELLED);
    mcp_channel_close(&bench.channel);
    stop(&bench);
}

static void close_inside(struct trace_outlet *trace, void *user) {
    mcp_channel_close(user);
    mcp_channel_close(user);
    (void)pthread_mutex_lock(&trace->lock);
    assert_int_equal(trace->ended, 0);
    (void)pthread_mutex_unlock(&trace->lock);
}

static void closing_during_a_send_ends_after_it(void **state) {
    (void)state;
    struct bench bench;
    start(&bench);
    bench.trace.on_send = close_inside;
    bench.trace.user = &bench.channel;
    assert_int_equal(mcp_channel_send(&bench.channel, &opening, hello, 2, NULL), MCP_OK);
    assert_int_equal(bench.trace.ended, 1);
    stop(&bench);
}

static void closing_during_the_farewell_ends_once(void **state) {
    (void)state;
    struct bench bench;
    start(&bench);
    bench.trace.on_send = close_inside;
    bench.trace.user = &bench.channel;
    mcp_channel_finish(&bench.channel, &(struct mcp_farewell){&opening, hello, 2, NULL});
    stop(&bench);
}

static void *send_many(void *user) {
    for (int i = 0; i < 200; i++)
        if (mcp_channel_send(user, &opening, hello, 2, NULL) != MCP_OK)
            return NULL;
    return user;
}

static void many_senders_take_turns(void **state) {
    (void)state;
    struct bench bench;
    pthread_t threads[4];
    start(&bench);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_many, &bench.channel), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    mcp_channel_close(&bench.channel);
    assert_int_equal(bench.trace.sent, 800);
    assert_int_equal(bench.trace.begun, 1);
    stop(&bench);
}

static void senders_stop_when_another_ends_it(void **state) {
    (void)state;
    struct bench bench;
    pthread_t threads[4];
    start(&bench);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_many, &bench.channel), 0);
    assert_true(trace_outlet_wait_sent(&bench.trace, 10));
    mcp_channel_finish(&bench.channel, &(struct mcp_farewell){&opening, hello, 2, NULL});
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    stop(&bench);
}

static void the_last_reference_closes_a_stream(void **state) {
    (void)state;
    struct trace_outlet trace;
    trace_outlet_init(&trace);
    struct mcp_stream *stream = mcp_stream_new(&trace.base);
    assert_ptr_equal(mcp_stream_ref(stream), stream);
    mcp_stream_unref(stream);
    assert_int_equal(mcp_channel_send(mcp_stream_channel(stream), NULL, hello, 2, NULL), MCP_OK);
    assert_int_equal(trace.ended, 0);
    mcp_stream_unref(stream);
    assert_int_equal(trace.ended, 1);
    assert_null(trace.sin);
    mcp_stream_unref(NULL);
    assert_null(mcp_stream_ref(NULL));
    trace_outlet_deinit(&trace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_once_sends_ends_once),
        cmocka_unit_test(nothing_is_sent_after_the_end),
        cmocka_unit_test(a_farewell_may_be_silent),
        cmocka_unit_test(the_peers_leaving_is_told),
        cmocka_unit_test(closing_during_a_send_ends_after_it),
        cmocka_unit_test(closing_during_the_farewell_ends_once),
        cmocka_unit_test(many_senders_take_turns),
        cmocka_unit_test(senders_stop_when_another_ends_it),
        cmocka_unit_test(the_last_reference_closes_a_stream),
    };
    return cmocka_run_group_tests_name("server.channel", tests, NULL, NULL);
}
