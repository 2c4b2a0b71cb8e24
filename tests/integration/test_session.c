/* SPDX-License-Identifier: MIT */
/* A real server restarted behind a connection: its sessions are gone, the connection is not. */
#include <signal.h>
#include <string.h>

#include "harness.h"
#include "mcp/dial.h"

enum { TIMEOUT_MS = 20000, REQUESTS = 50 };

static struct harness harness;

struct seen {
    struct mcp_loop *loop;
    struct mcp_dial *dial;
    int downs; /* these are atomic */
    int gaps;
    int answers;
    int failures;
};

static int count(const int *of) {
    return __atomic_load_n(of, __ATOMIC_SEQ_CST);
}

static void add(int *to) { /* NOLINT(readability-non-const-parameter): it is counted */
    (void)__atomic_add_fetch(to, 1, __ATOMIC_SEQ_CST);
}

static bool wait_for(const int *of, int at_least) {
    for (uint64_t until_ms = now_ms() + TIMEOUT_MS; now_ms() < until_ms; sleep_ms(5))
        if (count(of) >= at_least)
            return true;
    return false;
}

static void on_down(void *user, const struct mcp_err *err) {
    (void)err;
    add(&((struct seen *)user)->downs);
}

static void on_gap(void *user) {
    add(&((struct seen *)user)->gaps);
}

static void on_reply(const struct mcp_reply *reply, void *user) {
    struct seen *seen = user;
    add(reply->code == MCP_OK ? &seen->answers : &seen->failures);
}

static void open_dial(struct seen *seen, int port) {
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/mcp", port);
    const struct mcp_dial_target target = {.transport = MCP_DIAL_STREAMABLE, .url = url};
    const struct mcp_client_options options = {.name = "test",
                                               .version = "1",
                                               .era = MCP_ERA_LEGACY,
                                               .on_down = on_down,
                                               .on_gap = on_gap,
                                               .user = seen};
    *seen = (struct seen){0};
    assert_int_equal(mcp_loop_new(&seen->loop, NULL), MCP_OK);
    assert_int_equal(mcp_dial_new(seen->loop, &target, &options, &seen->dial, NULL), MCP_OK);
    assert_int_equal(mcp_dial_connect_wait(seen->dial, TIMEOUT_MS, NULL), MCP_OK);
}

static void close_dial(struct seen *seen) {
    mcp_dial_free(seen->dial);
    mcp_loop_free(seen->loop);
}

static void restart(struct process *server) {
    int port = server->port;
    assert_int_equal(process_stop(server, SIGKILL, NULL), -SIGKILL);
    *server = start_product(&harness, port);
}

/* C-7 */
static void a_restarted_server_is_met_again_once_for_all_requests(void **state) {
    (void)state;
    struct process server = start_product(&harness, 0);
    struct seen seen;
    open_dial(&seen, server.port);
    restart(&server);
    for (int i = 0; i < REQUESTS; i++)
        mcp_dial_request(seen.dial, "resources/list", NULL, TIMEOUT_MS, on_reply, &seen);
    assert_true(wait_for(&seen.answers, REQUESTS));
    assert_int_equal(count(&seen.gaps), 1);
    restart(&server);
    mcp_dial_list(seen.dial, "tools/list", "tools", TIMEOUT_MS, on_reply, &seen);
    assert_true(wait_for(&seen.answers, REQUESTS + 1));
    assert_int_equal(count(&seen.gaps), 2);
    assert_int_equal(count(&seen.failures), 0);
    assert_int_equal(count(&seen.downs), 0);
    close_dial(&seen);
    assert_int_equal(process_stop(&server, SIGTERM, NULL), 0);
}

static void a_call_refused_for_the_session_is_not_repeated(void **state) {
    (void)state;
    struct process server = start_product(&harness, 0);
    struct seen seen;
    struct mcp_err err = {0};
    json_auto_t *result = NULL;
    json_auto_t *params =
        json_pack("{s:s, s:{s:s}}", "name", "lookup_product", "arguments", "key", "abracadabra");
    open_dial(&seen, server.port);
    restart(&server);
    assert_int_equal(
        mcp_dial_request_wait(seen.dial, "tools/call", params, TIMEOUT_MS, &result, NULL, &err),
        MCP_E_STATE);
    assert_non_null(strstr(err.what, "session lost"));
    assert_int_equal(
        mcp_dial_request_wait(seen.dial, "tools/call", params, TIMEOUT_MS, &result, NULL, NULL),
        MCP_OK);
    assert_non_null(json_object_get(result, "content"));
    assert_int_equal(count(&seen.downs), 0);
    close_dial(&seen);
    assert_int_equal(process_stop(&server, SIGTERM, NULL), 0);
}

/* Nobody asks anything: the stream that ended finds it out. */
static void the_standalone_stream_finds_a_lost_session(void **state) {
    (void)state;
    struct process server = start_product(&harness, 0);
    struct seen seen;
    json_auto_t *result = NULL;
    open_dial(&seen, server.port);
    assert_int_equal(
        mcp_dial_request_wait(seen.dial, "ping", NULL, TIMEOUT_MS, &result, NULL, NULL), MCP_OK);
    restart(&server);
    assert_true(wait_for(&seen.gaps, 1));
    assert_int_equal(count(&seen.downs), 0);
    close_dial(&seen);
    assert_int_equal(process_stop(&server, SIGTERM, NULL), 0);
}

static int set_up(void **state) {
    (void)state;
    harness_open(&harness);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    harness_close(&harness);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restarted_server_is_met_again_once_for_all_requests),
        cmocka_unit_test(a_call_refused_for_the_session_is_not_repeated),
        cmocka_unit_test(the_standalone_stream_finds_a_lost_session),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
