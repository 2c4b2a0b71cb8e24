/* SPDX-License-Identifier: MIT */
/* Children and their descendants that will not go: nothing of them is left. What children say, and
 * how they end by themselves, is in test_link_stdio.c. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial_rig.h"
#include "under_valgrind.h"

enum {
    LADDER_MS = 4000,    /* stdin closed, SIGTERM, SIGKILL */
    ALLOWANCE_MS = 20000 /* for a machine under load */
};

#define HELLO                                                                                      \
    "read line; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":"              \
    "\"2025-06-18\"}}'; read line; "
#define ANSWER "echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}'; "

static void connect_shell(struct rig *rig, const char *script) {
    rig_open_shell(rig, script);
    enum mcp_code code = rig_connect(rig, ALLOWANCE_MS);
    if (code != MCP_OK)
        print_error("%s: %s\n", rig->err.where, rig->err.what);
    assert_int_equal(code, MCP_OK);
}

/* What the child wrote to stderr as pid=N. */
static pid_t told_pid(struct rig *rig) {
    struct mcp_dial_state known;
    for (int i = 0; i < ALLOWANCE_MS / 5; i++) {
        mcp_dial_describe(rig->dial, &known);
        const char *at = strstr(known.stderr_tail, "pid=");
        if (at != NULL && strchr(at, '\n') != NULL)
            return (pid_t)strtol(at + 4, NULL, 10);
        script_sleep_ms(5);
    }
    fail_msg("no pid was told");
    return 0;
}

static bool ends(pid_t pid) {
    for (int i = 0; i < ALLOWANCE_MS / 5; i++) {
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return true;
        script_sleep_ms(5);
    }
    return false;
}

static void close_in_time(struct rig *rig) {
    uint64_t before_ms = rig_now_ms();
    rig_close(rig);
    assert_true(rig_now_ms() - before_ms <= LADDER_MS + ALLOWANCE_MS);
}

/* A descendant whose pid the script tells is gone with the connection. */
static void expect_no_descendant(const char *script) {
    struct rig rig = {0};
    connect_shell(&rig, script);
    pid_t descendant = told_pid(&rig);
    close_in_time(&rig);
    assert_true(ends(descendant));
}

/* --- who will not go ---------------------------------------------------------------------------
 */

static void descendants_that_ignore_sigterm(void **state) {
    (void)state;
    expect_no_descendant(HELLO "(trap '' TERM HUP INT; while :; do sleep 0.1; done) & "
                               "echo \"pid=$!\" >&2; cat >/dev/null");
}

static void descendants_of_descendants(void **state) {
    (void)state;
    expect_no_descendant(HELLO "((sleep 60 & echo \"pid=$!\" >&2; wait) & wait) & cat >/dev/null");
}

/* Its parent is gone, so it is nobody's child: the group still holds it. */
static void an_orphan_that_forked_twice(void **state) {
    (void)state;
    expect_no_descendant(HELLO "(sleep 60 </dev/null >/dev/null 2>&1 & echo \"pid=$!\" >&2); "
                               "cat >/dev/null");
}

static void descendants_of_a_child_that_crashes(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "(trap '' TERM; while :; do sleep 0.1; done) & "
                              "echo \"pid=$!\" >&2; read line; kill -9 $$");
    pid_t descendant = told_pid(&rig);
    assert_int_equal(rig_request(&rig, "ping", ALLOWANCE_MS, NULL), MCP_E_PEER);
    assert_non_null(strstr(rig.err.what, "signal 9"));
    assert_true(ends(descendant));
    close_in_time(&rig);
}

/* The limit: who makes a session of its own leaves the group, as a daemon does. Nothing waits for
 * it, though it holds the pipes open. */
static void a_daemon_is_on_its_own_and_delays_nobody(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "setsid sh -c 'echo \"pid=$$\" >&2; sleep 60' & read line; exit 4");
    pid_t daemon = told_pid(&rig);
    assert_int_equal(rig_request(&rig, "ping", ALLOWANCE_MS, NULL), MCP_E_PEER);
    assert_non_null(strstr(rig.err.what, "status 4"));
    close_in_time(&rig);
    assert_int_equal(kill(-daemon, SIGKILL), 0);
    assert_true(ends(daemon));
}

static void a_stopped_child(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "kill -STOP $$; cat >/dev/null");
    assert_int_equal(rig_request(&rig, "ping", 200, NULL), MCP_E_TIMEOUT);
    close_in_time(&rig);
}

static void a_stopped_descendant(void **state) {
    (void)state;
    expect_no_descendant(HELLO "sleep 60 & kill -STOP $!; echo \"pid=$!\" >&2; cat >/dev/null");
}

static void a_child_that_hangs_at_its_start(void **state) {
    (void)state;
    struct rig rig = {0};
    rig_open_shell(&rig, "trap '' TERM; while :; do sleep 0.1; done");
    assert_int_equal(rig_connect(&rig, 200), MCP_E_TIMEOUT);
    close_in_time(&rig);
}

/* --- who says too much -------------------------------------------------------------------------
 */

static void a_stderr_without_end_is_drained(void **state) {
    (void)state;
    struct rig rig = {0};
    struct mcp_dial_state known;
    connect_shell(&rig, "yes 'words of no use' >&2 & " HELLO "read line; " ANSWER "cat >/dev/null");
    assert_int_equal(rig_request(&rig, "ping", ALLOWANCE_MS, "{}"), MCP_OK);
    for (int i = 0; i < ALLOWANCE_MS / 5; i++) {
        mcp_dial_describe(rig.dial, &known);
        if (strlen(known.stderr_tail) >= 800)
            break;
        script_sleep_ms(5);
    }
    assert_in_range(strlen(known.stderr_tail), 800, sizeof known.stderr_tail - 1);
    assert_int_equal(strncmp(known.stderr_tail, "words of no use\n", 16), 0);
    close_in_time(&rig);
}

static void a_stdout_without_end_is_ignored(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, is_under_valgrind() ? HELLO
                            "yes \"not a message $(head -c 8000 /dev/zero | tr '\\0' x)\""
                                            : HELLO "yes 'not a message'");
    assert_true(rig_wait(&rig.ignored, 1000));
    assert_int_equal(rig_request(&rig, "ping", 200, NULL), MCP_E_TIMEOUT);
    close_in_time(&rig);
}

static void a_line_of_100_mb_is_refused(void **state) {
    (void)state;
    struct rig rig = {.max_message_bytes = 1 << 20};
    connect_shell(&rig, HELLO "read line; head -c 100000000 /dev/zero | tr '\\0' x; echo; "
                              "cat >/dev/null");
    assert_int_equal(rig_request(&rig, "ping", ALLOWANCE_MS, NULL), MCP_E_LIMIT);
    assert_non_null(strstr(rig.err.what, "longer than 1048576 bytes"));
    close_in_time(&rig);
}

static void half_a_line_is_no_message(void **state) {
    (void)state;
    struct rig rig = {0};
    connect_shell(&rig, HELLO "read line; printf '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}'; "
                              "cat >/dev/null");
    assert_int_equal(rig_request(&rig, "ping", 200, NULL), MCP_E_TIMEOUT);
    close_in_time(&rig);
}

/* --- many of them ------------------------------------------------------------------------------
 */

static void a_hundred_that_exit_at_once(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++) {
        struct rig rig = {0};
        rig_open_shell(&rig, "exit 1");
        assert_int_equal(rig_connect(&rig, ALLOWANCE_MS), MCP_E_PEER);
        close_in_time(&rig);
    }
}

#define CHILD(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CHILD(descendants_that_ignore_sigterm),
        CHILD(descendants_of_descendants),
        CHILD(an_orphan_that_forked_twice),
        CHILD(descendants_of_a_child_that_crashes),
        CHILD(a_daemon_is_on_its_own_and_delays_nobody),
        CHILD(a_stopped_child),
        CHILD(a_stopped_descendant),
        CHILD(a_child_that_hangs_at_its_start),
        CHILD(a_stderr_without_end_is_drained),
        CHILD(a_stdout_without_end_is_ignored),
        CHILD(a_line_of_100_mb_is_refused),
        CHILD(half_a_line_is_no_message),
        CHILD(a_hundred_that_exit_at_once),
    };
    int failed = cmocka_run_group_tests_name("dial.children", tests, NULL, NULL);
    print_message("%zu children, %d failed\n", sizeof tests / sizeof tests[0], failed);
    return failed;
}
