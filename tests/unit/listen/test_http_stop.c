/* SPDX-License-Identifier: MIT */
/* Starting and stopping the HTTP listener, with everything in flight. */
#include <pthread.h>
#include <unistd.h>

#include "live.h"
#include "torture.h"

enum { STREAMS = 100, CALLS = 20 };

static struct live_answer answer;

static void stop_with_open_streams_and_calls_is_quick(void **state) {
    (void)state;
    struct live live;
    static struct live_peer streams[STREAMS];
    static struct live_peer calls[CALLS];
    char session[65];
    const struct mcp_listen_options options = {.worker_count = 8};
    live_start(&live, &options);
    for (size_t i = 0; i < STREAMS; i++) {
        live_connect(&live, &streams[i]);
        if (i % 2 == 0) {
            live_print(&streams[i], "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
                       (unsigned)live.port);
        } else {
            live_open_session(&streams[i], "2025-11-25", session);
            live_get(&streams[i], session, "");
        }
        live_read_head(&streams[i], &answer);
        assert_int_equal(answer.status, 200);
    }
    for (size_t i = 0; i < CALLS; i++) {
        live_connect(&live, &calls[i]);
        live_post(&calls[i], session, "2025-11-25", live_call((int)i, "wait", "{}", false));
    }
    live_wait_count(&live.calls, 8); /* the others wait in the queue */
    uint64_t start = live_now_ms();
    mcp_listener_stop(live.listener, 1000);
    assert_true(live_now_ms() - start < 2000);
    mcp_listener_stop(live.listener, 1000); /* again is nothing */
    for (size_t i = 0; i < STREAMS; i++) {
        assert_true(live_wait_end(&streams[i], &answer)); /* an end, not a broken connection */
        answer.body_len = 0;
        live_close(&streams[i]);
    }
    for (size_t i = 0; i < CALLS; i++) {
        assert_true(live_is_closed(&calls[i]));
        live_close(&calls[i]);
    }
    mcp_listener_free(live.listener);
    mcp_server_free(live.server);
}

static void a_call_that_outlives_the_listener_breaks_nothing(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, "2025-06-18", session);
    live_post(&peer, session, "2025-06-18", live_call(1, "later", "{}", false));
    live_wait_count(&live.calls, 1);
    mcp_listener_stop(live.listener, 50);
    live_finish_later("too late"); /* the listener has stopped: nobody hears it, nothing breaks */
    assert_true(live_is_closed(&peer));
    live_close(&peer);
    mcp_listener_free(live.listener);
    mcp_server_free(live.server);
}

static void nobody_connects_to_a_stopping_listener(void **state) {
    (void)state;
    struct live live;
    struct live other;
    live_start(&live, NULL);
    uint16_t port = live.port;
    mcp_listener_stop(live.listener, 100);
    /* the port is free again at once */
    const struct mcp_listen_options options = {.port = port};
    live_start(&other, &options);
    assert_int_equal(other.port, port);
    live_stop(&other);
    mcp_listener_free(live.listener);
    mcp_server_free(live.server);
}

static void free_stops(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_print(&peer, "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)live.port);
    live_read_head(&peer, &answer);
    mcp_listener_free(live.listener);
    assert_true(live_wait_end(&peer, &answer));
    live_close(&peer);
    mcp_server_free(live.server);
    mcp_listener_free(NULL);
    mcp_listener_stop(NULL, 0);
}

static void a_port_in_use_is_one_clear_line(void **state) {
    (void)state;
    struct live live;
    struct live none = {0};
    struct mcp_err err = {0};
    struct mcp_listener *listener = NULL;
    live_start(&live, NULL);
    const struct mcp_listen_options options = {.port = live.port};
    struct mcp_server *server = live_new_server(&none);
    assert_int_equal(mcp_listener_start_http(server, &options, &listener, &err), MCP_E_IO);
    assert_non_null(strstr(err.what, "is in use: stop the other program or choose another"));
    assert_null(listener);
    mcp_server_free(server);
    live_stop(&live);
}

static void options_outside_their_contract_are_refused(void **state) {
    (void)state;
    struct live none = {0};
    struct mcp_err err = {0};
    struct mcp_listener *listener = NULL;
    const struct mcp_listen_options options = {.worker_count = 1000};
    struct mcp_server *server = live_new_server(&none);
    assert_int_equal(mcp_listener_start_http(server, &options, &listener, &err), MCP_E_INVALID);
    assert_string_equal(err.where, "/worker_count");
    mcp_server_free(server);
}

static enum mcp_code start_and_free(void *user, struct mcp_err *err) {
    (void)user;
    const struct mcp_server_options options = {.name = "none", .version = "1"};
    struct mcp_listener *listener = NULL;
    struct mcp_server *server = NULL;
    MCP_TRY(mcp_server_new(&options, &server, err));
    enum mcp_code code = mcp_listener_start_http(server, NULL, &listener, err);
    mcp_listener_free(listener);
    mcp_server_free(server);
    return code;
}

static void start_survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(start_and_free, NULL);
}

/* Peers come, ask and leave in every way while the listener is stopped. */
static void *disturb(void *arg) {
    const struct live *live = arg;
    for (int i = 0; i < 50; i++) {
        struct live_peer peer;
        struct live_answer *seen = calloc(1, sizeof *seen);
        live_connect(live, &peer);
        live_print(&peer,
                   i % 2 == 0 ? "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\n\r\n"
                              : "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\n",
                   (unsigned)live->port);
        if (i % 4 == 0)
            live_read_head(&peer, seen);
        live_close(&peer);
        free(seen);
    }
    return NULL;
}

static void streams_that_come_and_go_leave_nothing(void **state) {
    (void)state;
    enum { THREADS = 4 };
    struct live live;
    pthread_t threads[THREADS];
    live_start(&live, NULL);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, disturb, &live), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    struct mcp_server_counts counts = {.sessions = 1};
    uint64_t until = live_now_ms() + 5000;
    while (counts.sessions > 0 && live_now_ms() < until) {
        mcp_server_count(live.server, &counts);
        (void)usleep(1000);
    }
    assert_int_equal(counts.sessions, 0);
    assert_int_equal(counts.streams, 0);
    live_stop(&live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_with_open_streams_and_calls_is_quick),
        cmocka_unit_test(a_call_that_outlives_the_listener_breaks_nothing),
        cmocka_unit_test(nobody_connects_to_a_stopping_listener),
        cmocka_unit_test(free_stops),
        cmocka_unit_test(a_port_in_use_is_one_clear_line),
        cmocka_unit_test(options_outside_their_contract_are_refused),
        cmocka_unit_test(start_survives_any_refused_allocation),
        cmocka_unit_test(streams_that_come_and_go_leave_nothing),
    };
    return cmocka_run_group_tests_name("listen.http_stop", tests, NULL, NULL);
}
