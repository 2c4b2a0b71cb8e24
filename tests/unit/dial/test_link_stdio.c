/* SPDX-License-Identifier: MIT */
/* Children that behave in every way children do. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial_rig.h"

/* A server in shell: answers request 1 with a hello, and each later request id with {"n":id}. */
enum { LATE_MS = 20000 }; /* on a machine under load */

#define HELLO                                                                                      \
    "read line; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":"              \
    "\"2025-06-18\"}}'; read line; "
#define ANSWER_ALL                                                                                 \
    "n=2; while read line; do echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":$n,"                  \
    "\\\"result\\\":{\\\"n\\\":$n}}\"; n=$((n+1)); done"

static void connect_shell(struct rig *rig, const char *script) {
    rig_open_shell(rig, script);
    enum mcp_code code = rig_connect(rig, 5000);
    if (code != MCP_OK)
        print_error("%s: %s\n", rig->err.where, rig->err.what);
    assert_int_equal(code, MCP_OK);
}

static void expect_no_connection(const char *script, enum mcp_code want, const char *what) {
    struct rig rig = {.max_message_bytes = 65536};
    rig_open_shell(&rig, script);
    enum mcp_code code = rig_connect(&rig, 1000);
    if (code != want || strstr(rig.err.what, what) == NULL)
        print_error("%s %s: %s\n", mcp_code_name(code), rig.err.where, rig.err.what);
    assert_int_equal(code, want);
    assert_non_null(strstr(rig.err.what, what));
    rig_close(&rig);
}

/* C-2 */
static void lines_out_and_in(void **state) {
    (void)state;
    struct rig rig = {0};
    struct mcp_dial_state known;
    connect_shell(&rig, HELLO ANSWER_ALL);
    assert_int_equal(rig_request(&rig, "ping", 2000, "{\"n\":2}"), MCP_OK);
    assert_int_equal(rig_request(&rig, "ping", 2000, "{\"n\":3}"), MCP_OK);
    mcp_dial_describe(rig.dial, &known);
    assert_true(known.is_ready);
    assert_int_equal(known.transport, MCP_DIAL_STDIO);
    assert_true(known.child_pid > 0);
    rig_close(&rig);
}

static void crlf_and_noise_between_messages(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, "echo 'Starting up...'; echo; " HELLO
                        "read line; printf '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\\r\\n';"
                        "cat >/dev/null");
    assert_int_equal(rig_request(&rig, "ping", 2000, "{}"), MCP_OK);
    assert_int_equal(rig_read(&rig.ignored), 1);
    rig_close(&rig);
}

/* A full stderr pipe would stop the child before it answers. */
/* C-2 */
static void stderr_is_drained_and_its_end_kept(void **state) {
    (void)state;
    struct rig rig = {0};
    struct mcp_dial_state known;
    connect_shell(&rig, "i=0; while [ $i -lt 5000 ]; do echo \"filler line number $i with some "
                        "more words to make it longer\" >&2; i=$((i+1)); done; "
                        "printf 'the \\033[31mlast\\033[0m line\\n' >&2;" HELLO ANSWER_ALL);
    assert_int_equal(rig_request(&rig, "ping", 2000, "{\"n\":2}"), MCP_OK);
    mcp_dial_describe(rig.dial, &known);
    assert_true(strlen(known.stderr_tail) > 800);
    assert_int_equal(strncmp(known.stderr_tail, "filler line number ", 19), 0);
    assert_non_null(strstr(known.stderr_tail, "number 4999 "));
    assert_non_null(strstr(known.stderr_tail, "the ?[31mlast?[0m line\n"));
    rig_close(&rig);
}

static void exits_and_what_they_say(void **state) {
    (void)state;
    expect_no_connection("exit 0", MCP_E_PEER, "exited with status 0");
    expect_no_connection("exit 7", MCP_E_PEER, "exited with status 7");
    expect_no_connection("kill -9 $$", MCP_E_PEER, "ended by signal 9");
    expect_no_connection("echo first >&2; echo 'no such module' >&2; exit 1", MCP_E_PEER,
                         "exited with status 1; its last words: no such module");
    expect_no_connection("while read line; do :; done", MCP_E_TIMEOUT, "no answer within 1000 ms");
    expect_no_connection("printf '{\"jsonrpc\":\"2.0\",\"id\":1,\"resu'; exit 3", MCP_E_PEER,
                         "exited with status 3");
}

/* What a dying server managed to say is heard, even without its line break. */
static void last_words_on_stdout_count(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "read line; printf '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}'");
    assert_int_equal(rig_request(&rig, "ping", 2000, "{}"), MCP_OK);
    assert_true(rig_wait(&rig.downs, 1));
    rig_close(&rig);
}

static void a_crash_in_flight_fails_the_request(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "read line; echo dying >&2; kill -11 $$");
    assert_int_equal(rig_request(&rig, "ping", 2000, NULL), MCP_E_PEER);
    assert_non_null(strstr(rig.err.what, "signal 11"));
    assert_true(rig_wait(&rig.downs, 1));
    assert_int_equal(rig_request(&rig, "ping", 2000, NULL), MCP_E_STATE);
    rig_close(&rig);
}

static void a_closed_stdout_is_the_end(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "read line; exec >&-; exec cat >/dev/null 2>&1");
    uint64_t before_ms = rig_now_ms();
    assert_int_equal(rig_request(&rig, "ping", 5000, NULL), MCP_E_PEER);
    assert_true(rig_now_ms() - before_ms < 5000); /* not its deadline */
    rig_close(&rig);
}

static void a_closed_stdin_is_the_end(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "exec <&-; sleep 1");
    script_sleep_ms(100);
    assert_int_equal(rig_request(&rig, "ping", 5000, NULL), MCP_E_PEER);
    assert_non_null(strstr(rig.err.what, "closed its input"));
    rig_close(&rig);
}

static void a_line_without_end_is_refused(void **state) {
    (void)state;
    expect_no_connection("head -c 1000000 /dev/zero | tr '\\0' x; cat >/dev/null", MCP_E_LIMIT,
                         "longer than 65536 bytes");
}

static void garbage_is_ignored_until_the_deadline(void **state) {
    (void)state;
    expect_no_connection("while read line; do echo '<html>'; echo '[]'; echo 7; done",
                         MCP_E_TIMEOUT, "no answer");
}

static long read_pid(struct rig *rig) {
    struct mcp_dial_state known;
    for (int i = 0; i < LATE_MS / 5; i++) {
        mcp_dial_describe(rig->dial, &known);
        const char *at = strstr(known.stderr_tail, "pid=");
        if (at != NULL)
            return strtol(at + 4, NULL, 10);
        script_sleep_ms(5);
    }
    return 0;
}

/* Whoever adopted it may take a while to bury it. */
static bool is_gone(long pid) {
    for (int i = 0; i < LATE_MS / 5; i++) {
        if (kill((pid_t)pid, 0) != 0)
            return true;
        script_sleep_ms(5);
    }
    return false;
}

/* The grandchild holds stdout open: its end of file never comes. */
static void grandchildren_die_with_the_child(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "sleep 60 & echo \"pid=$!\" >&2; read line; exit 5");
    long grandchild = read_pid(&rig);
    assert_true(grandchild > 0);
    uint64_t before_ms = rig_now_ms();
    assert_int_equal(rig_request(&rig, "ping", 5000, NULL), MCP_E_PEER);
    assert_non_null(strstr(rig.err.what, "status 5"));
    assert_true(rig_now_ms() - before_ms < 2000);
    assert_true(is_gone(grandchild));
    rig_close(&rig);
}

static void grandchildren_die_at_the_end_of_the_ladder(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "sleep 60 & echo \"pid=$!\" >&2; cat >/dev/null");
    long grandchild = read_pid(&rig);
    assert_true(grandchild > 0);
    rig_close(&rig); /* closing stdin ends the child at once */
    assert_true(is_gone(grandchild));
}

/* C-2 */
static void the_end_of_stdin_is_enough(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "cat >/dev/null");
    uint64_t before_ms = rig_now_ms();
    rig_close(&rig);
    assert_true(rig_now_ms() - before_ms < 1900); /* before SIGTERM */
}

/* C-2 */
static void sigterm_ends_who_ignores_the_end_of_stdin(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "while :; do sleep 0.05; done");
    uint64_t before_ms = rig_now_ms();
    rig_close(&rig);
    uint64_t took_ms = rig_now_ms() - before_ms;
    assert_in_range(took_ms, 1900, 3900); /* before SIGKILL */
}

/* C-2 */
static void sigkill_ends_who_ignores_sigterm(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, "trap '' TERM; " HELLO "while :; do sleep 0.05; done");
    uint64_t before_ms = rig_now_ms();
    rig_close(&rig);
    uint64_t took_ms = rig_now_ms() - before_ms;
    assert_in_range(took_ms, 3900, LATE_MS);
}

static void count_limit(const struct mcp_reply *reply, void *user) {
    if (reply->code == MCP_E_LIMIT)
        (void)__atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
}

/* 64 KiB in the pipe, one message of any size, 1 MiB in the queue: then it is an error at once. */
static void a_child_that_does_not_read_fills_its_queue(void **state) {
    (void)state;
    struct rig rig = {0};
    int refused = 0;
    connect_shell(&rig, HELLO "sleep 1");
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf filler = MCP_BUF_INIT(1 << 20);
    for (int i = 0; i < 100000; i++)
        mcp_buf_addc(&filler, 'x');
    json_auto_t *params = json_pack("{s:s}", "filler", filler.data);
    for (int i = 0; i < 20; i++)
        mcp_dial_request(rig.dial, "tools/call", params, 60000, count_limit, &refused);
    assert_true(rig_wait(&refused, 5));
    assert_in_range(rig_read(&refused), 5, 10);
    rig_close(&rig);
}

static void a_slow_reader_gets_everything(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "sleep 0.2; read line; printf '{\"jsonrpc\":\"2.0\",\"id\":2,"
                              "\"result\":{\"bytes\":%d}}\\n' ${#line}; cat >/dev/null");
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf filler = MCP_BUF_INIT(4 << 20);
    for (int i = 0; i < 300000; i++)
        mcp_buf_addc(&filler, 'x');
    json_auto_t *params = json_pack("{s:s}", "f", filler.data);
    json_auto_t *result = NULL;
    assert_int_equal(mcp_dial_request_wait(rig.dial, "m", params, 20000, &result, NULL, &rig.err),
                     MCP_OK);
    assert_int_equal(json_integer_value(json_object_get(result, "bytes")),
                     300000 + (json_int_t)strlen("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"m\","
                                                 "\"params\":{\"f\":\"\"}}"));
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_out_and_in, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(crlf_and_noise_between_messages, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(stderr_is_drained_and_its_end_kept, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(exits_and_what_they_say, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(last_words_on_stdout_count, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_crash_in_flight_fails_the_request, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(a_closed_stdout_is_the_end, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_closed_stdin_is_the_end, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_line_without_end_is_refused, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(garbage_is_ignored_until_the_deadline, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(grandchildren_die_with_the_child, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(grandchildren_die_at_the_end_of_the_ladder, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(the_end_of_stdin_is_enough, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(sigterm_ends_who_ignores_the_end_of_stdin, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(sigkill_ends_who_ignores_sigterm, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(a_child_that_does_not_read_fills_its_queue, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(a_slow_reader_gets_everything, rig_set_up, rig_tear_down),
    };
    return cmocka_run_group_tests_name("dial.link_stdio", tests, NULL, NULL);
}
