/* SPDX-License-Identifier: MIT */
/* A peer on two pipes. */
#include <fcntl.h>
#include <unistd.h>

#include "live.h"
#include "torture.h"

#define INITIALIZE                                                                                 \
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"     \
    "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n"
#define INITIALIZED "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
#define PING        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\n"
#define PONG        "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n"

struct pipes {
    struct live live;
    int to_server;
    FILE *from_server;
    int in_fd; /* the server's ends */
    int out_fd;
    atomic_size_t eofs;
    char *line;
    size_t room;
};

static void on_eof(void *user) {
    atomic_fetch_add(&((struct pipes *)user)->eofs, 1);
}

static void start(struct pipes *pipes, const struct mcp_listen_options *options) {
    int in[2];
    int out[2];
    memset(pipes, 0, sizeof *pipes);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    live_shut_gate();
    pipes->live.server = live_new_server(&pipes->live);
    pipes->in_fd = in[0];
    pipes->out_fd = out[1];
    pipes->to_server = in[1];
    pipes->from_server = fdopen(out[0], "r");
    assert_non_null(pipes->from_server);
    assert_int_equal(mcp_listener_start_stdio(pipes->live.server, options, pipes->in_fd,
                                              pipes->out_fd, on_eof, pipes, &pipes->live.listener,
                                              NULL),
                     MCP_OK);
    assert_int_equal(mcp_listener_port(pipes->live.listener), 0);
}

static void say(struct pipes *pipes, const char *text) {
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t done = write(pipes->to_server, text, len);
        assert_true(done > 0);
        text += done;
        len -= (size_t)done;
    }
}

static const char *hear(struct pipes *pipes) {
    if (getline(&pipes->line, &pipes->room, pipes->from_server) <= 0)
        return "";
    return pipes->line;
}

static void greet(struct pipes *pipes) {
    say(pipes, INITIALIZE);
    assert_non_null(strstr(hear(pipes), "\"protocolVersion\":\"2025-06-18\""));
    say(pipes, INITIALIZED);
}

static void finish(struct pipes *pipes) {
    live_stop(&pipes->live);
    if (pipes->to_server >= 0)
        (void)close(pipes->to_server);
    if (pipes->from_server != NULL)
        (void)fclose(pipes->from_server);
    (void)close(pipes->in_fd);
    (void)close(pipes->out_fd);
    free(pipes->line);
}

/* S-6 */
static void messages_are_lines(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    say(&pipes, PING);
    assert_string_equal(hear(&pipes), PONG);
    say(&pipes, "\n\r\n" PING PING);
    assert_string_equal(hear(&pipes), PONG);
    assert_string_equal(hear(&pipes), PONG);
    finish(&pipes);
}

static void a_line_may_be_split_at_every_byte(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    for (size_t at = 1; at < strlen(PING); at++) {
        char first[128];
        (void)snprintf(first, sizeof first, "%.*s", (int)at, PING);
        say(&pipes, first);
        (void)usleep(100);
        say(&pipes, &PING[at]);
        assert_string_equal(hear(&pipes), PONG);
    }
    finish(&pipes);
}

static void what_is_no_message_is_an_error_and_the_stream_goes_on(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    say(&pipes, "nonsense\n");
    const char *line = hear(&pipes);
    assert_true(strstr(line, "\"id\":null") != NULL && strstr(line, "-32700") != NULL);
    say(&pipes, PING);
    assert_string_equal(hear(&pipes), PONG);
    finish(&pipes);
}

static void a_line_has_so_many_bytes(void **state) {
    (void)state;
    struct pipes pipes;
    const struct mcp_listen_options options = {.max_body_bytes = 200};
    start(&pipes, &options);
    greet(&pipes);
    for (size_t len = 199; len <= 201; len++) {
        char line[256];
        memset(line, ' ', sizeof line);
        memcpy(line, PING, strlen(PING) - 1);
        line[len] = '\n';
        line[len + 1] = '\0';
        say(&pipes, line);
        if (len <= 200) {
            assert_string_equal(hear(&pipes), PONG);
            continue;
        }
        const char *answer = hear(&pipes);
        assert_non_null(strstr(answer, "\"id\":null"));
        assert_non_null(strstr(answer, "longer than 200 bytes"));
    }
    say(&pipes, PING);
    assert_string_equal(hear(&pipes), PONG);
    finish(&pipes);
}

static void calls_run_side_by_side(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    say(&pipes, live_call(1, "wait", "{}", false));
    say(&pipes, "\n");
    live_wait_count(&pipes.live.calls, 1);
    say(&pipes, PING);
    assert_string_equal(hear(&pipes), PONG);
    live_open_gate();
    assert_non_null(strstr(hear(&pipes), "waited"));
    finish(&pipes);
}

static void progress_and_changes_are_lines_too(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    say(&pipes, PING);
    assert_string_equal(hear(&pipes), PONG); /* initialized has been taken by now */
    mcp_server_tool_list_changed(pipes.live.server);
    assert_non_null(strstr(hear(&pipes), "notifications/tools/list_changed"));
    say(&pipes, live_call(1, "tell", "{\"n\":1}", true));
    say(&pipes, "\n");
    assert_non_null(strstr(hear(&pipes), "notifications/progress"));
    assert_non_null(strstr(hear(&pipes), "told"));
    finish(&pipes);
}

/* S-7 */
static void the_end_of_input_waits_for_answers(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    say(&pipes, live_call(1, "wait", "{}", false));
    say(&pipes, "\n");
    say(&pipes, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"); /* without its line end */
    (void)close(pipes.to_server);
    pipes.to_server = -1;
    assert_string_equal(hear(&pipes), PONG);
    live_wait_count(&pipes.live.calls, 1);
    assert_int_equal(atomic_load(&pipes.eofs), 0);
    live_open_gate();
    assert_non_null(strstr(hear(&pipes), "waited"));
    live_wait_count(&pipes.eofs, 1);
    finish(&pipes);
    assert_int_equal(atomic_load(&pipes.eofs), 1);
}

static void stop_before_the_end_of_input(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    say(&pipes, live_call(1, "wait", "{}", false));
    say(&pipes, "\n");
    live_wait_count(&pipes.live.calls, 1);
    uint64_t begun = live_now_ms();
    mcp_listener_stop(pipes.live.listener, 1000);
    assert_true(live_now_ms() - begun < 2000);
    finish(&pipes);
    assert_int_equal(atomic_load(&pipes.eofs), 0);
}

static void a_peer_that_does_not_read_does_not_hold_stop(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    for (int i = 0; i < 5; i++)
        say(&pipes, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{"
                    "\"uri\":\"test://big\"}}\n");
    (void)usleep(20000);
    uint64_t begun = live_now_ms();
    mcp_listener_stop(pipes.live.listener, 200);
    assert_true(live_now_ms() - begun < 2000);
    finish(&pipes);
}

static void a_peer_that_left_ends_nothing_but_its_answers(void **state) {
    (void)state;
    struct pipes pipes;
    start(&pipes, NULL);
    greet(&pipes);
    (void)fclose(pipes.from_server);
    pipes.from_server = NULL;
    say(&pipes, PING PING PING);
    (void)close(pipes.to_server);
    pipes.to_server = -1;
    live_wait_count(&pipes.eofs, 1);
    finish(&pipes);
}

static enum mcp_code start_and_free(void *user, struct mcp_err *err) {
    const int *fds = user;
    const struct mcp_server_options options = {.name = "none", .version = "1"};
    struct mcp_listener *listener = NULL;
    struct mcp_server *server = NULL;
    MCP_TRY(mcp_server_new(&options, &server, err));
    enum mcp_code code =
        mcp_listener_start_stdio(server, NULL, fds[0], fds[1], NULL, NULL, &listener, err);
    mcp_listener_free(listener);
    mcp_server_free(server);
    return code;
}

static void start_survives_any_refused_allocation(void **state) {
    (void)state;
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    torture_run(start_and_free, fds);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_lines),
        cmocka_unit_test(a_line_may_be_split_at_every_byte),
        cmocka_unit_test(what_is_no_message_is_an_error_and_the_stream_goes_on),
        cmocka_unit_test(a_line_has_so_many_bytes),
        cmocka_unit_test(calls_run_side_by_side),
        cmocka_unit_test(progress_and_changes_are_lines_too),
        cmocka_unit_test(the_end_of_input_waits_for_answers),
        cmocka_unit_test(stop_before_the_end_of_input),
        cmocka_unit_test(a_peer_that_does_not_read_does_not_hold_stop),
        cmocka_unit_test(start_survives_any_refused_allocation),
        cmocka_unit_test(a_peer_that_left_ends_nothing_but_its_answers),
    };
    return cmocka_run_group_tests_name("listen.stdio_listener", tests, NULL, NULL);
}
