/* SPDX-License-Identifier: MIT */
/* The database server as a process: cancelling, many at once, workers that die. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "query.h"
#include "waits.h"
#include "watch.h"

enum { ANSWER_MS = 100, FREE_MS = 50, ROUNDS = 8 };

static struct harness harness;

/* ---- the server and its processes ---- */

static struct process start(const char *const *more) {
    const char *arguments[24] = {"--database", harness.database, "--port", "0"};
    for (int i = 0; more[i] != NULL; i++)
        arguments[4 + i] = more[i];
    return process_start(&harness, "mcp-database", arguments);
}

static void stop(struct process *server) {
    assert_int_equal(process_stop(server, SIGTERM, NULL), 0);
}

/* ---- cancelling ---- */

static const char *const alone[] = {"--workers", "1", "--query-timeout", "600000", NULL};

static void cancel_over(struct talk *talk, const char *name) {
    struct waits waits = {UINT64_MAX, 0};
    for (int i = 0; i < ROUNDS; i++) {
        int slow = talk_send(talk, QUERY("10", ENDLESS));
        if (talk->kind == TALK_STDIO)
            sleep_ms(100);
        else
            wait_health(talk->port, "busy", 1);
        uint64_t began = now_ms();
        int cancel = talk_send(talk, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                                     "\"params\":{\"requestId\":10}}");
        int next = talk_send(talk, QUERY("11", "SELECT 5 AS five"));
        const char *answer = talk_expect(talk, next, "\"id\":11");
        waits_add(&waits, now_ms() - began);
        assert_non_null(answer);
        assert_non_null(strstr(answer, "\\\"five\\\":5"));
        assert_null(strstr(answer, "\"id\":10"));
        if (cancel >= 0)
            free(talk_read_all(cancel, NULL));
        if (slow >= 0) {
            char *unheard = talk_read_all(slow, NULL);
            assert_null(strstr(unheard, "\"id\":10"));
            free(unheard);
        }
    }
    waits_check(name, &waits, ANSWER_MS);
}

static void cancelled_query_frees_its_worker_over_stdio(void **state) {
    (void)state;
    struct talk talk;
    const char *const arguments[] = {"--database",      harness.database, "--transport",
                                     "stdio",           "--workers",      "1",
                                     "--query-timeout", "600000",         NULL};
    talk_open_stdio(&talk, &harness, arguments);
    cancel_over(&talk, "cancelled over stdio, the next answer after");
    talk_close(&talk);
}

static void cancelled_query_frees_its_worker(enum talk_kind kind, const char *name) {
    struct talk talk;
    struct process server = start(alone);
    talk_open(&talk, kind, server.port);
    cancel_over(&talk, name);
    wait_health(server.port, "busy", 0);
    talk_close(&talk);
    stop(&server);
}

static void cancelled_query_frees_its_worker_over_sse(void **state) {
    (void)state;
    cancelled_query_frees_its_worker(TALK_SSE, "cancelled over SSE, the next answer after");
}

static void cancelled_query_frees_its_worker_over_http(void **state) {
    (void)state;
    cancelled_query_frees_its_worker(TALK_HTTP,
                                     "cancelled over Streamable HTTP, the next answer after");
}

static void closed_response_frees_its_worker(void **state) {
    (void)state;
    struct process server = start(alone);
    struct waits freed = {UINT64_MAX, 0};
    struct waits answered = {UINT64_MAX, 0};
    for (int i = 0; i < ROUNDS; i++) {
        int slow = talk_query_modern(server.port, ENDLESS);
        wait_health(server.port, "busy", 1);
        uint64_t began = now_ms();
        (void)close(slow);
        wait_health(server.port, "busy", 0);
        waits_add(&freed, now_ms() - began);
        char *answer = talk_read_all(talk_query_modern(server.port, "SELECT 5 AS five"), NULL);
        waits_add(&answered, now_ms() - began);
        assert_non_null(strstr(answer, "\\\"five\\\":5"));
        free(answer);
    }
    waits_check("response closed, its worker free after", &freed, FREE_MS);
    waits_check("response closed, the next answer after", &answered, ANSWER_MS);
    stop(&server);
}

/* ---- many at once ---- */

static void slow_queries_delay_nobody_else(void **state) {
    (void)state;
    static const char *const three[] = {"--workers", "3", "--query-timeout", "600000", NULL};
    struct process server = start(three);
    struct talk slow[3];
    struct talk other;
    int fds[3];
    struct waits pings = {UINT64_MAX, 0};
    struct waits queries = {UINT64_MAX, 0};
    talk_open(&other, TALK_HTTP, server.port);
    for (int i = 0; i < 3; i++)
        talk_open(&slow[i], TALK_HTTP, server.port);
    for (int i = 0; i < 2; i++)
        fds[i] = talk_send(&slow[i], QUERY("10", ENDLESS));
    wait_health(server.port, "busy", 2);
    for (int i = 0; i < ROUNDS; i++) { /* the third worker serves them */
        uint64_t began = now_ms();
        assert_non_null(
            talk_expect(&other, talk_send(&other, QUERY("12", "SELECT 5 AS five")), "\"five\":5"));
        waits_add(&queries, now_ms() - began);
    }
    fds[2] = talk_send(&slow[2], QUERY("10", ENDLESS));
    wait_health(server.port, "busy", 3); /* three run at the same time */
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t began = now_ms();
        assert_non_null(talk_expect(&other, talk_send(&other, PING), "\"id\":77"));
        assert_non_null(talk_expect(&slow[0], talk_send(&slow[0], PING), "\"id\":77"));
        waits_add(&pings, now_ms() - began);
    }
    waits_check("two pings beside three slow queries", &pings, ANSWER_MS);
    waits_check("a query beside two slow ones", &queries, ANSWER_MS);
    for (int i = 0; i < 3; i++) {
        (void)close(fds[i]);
        talk_close(&slow[i]);
    }
    talk_close(&other);
    stop(&server);
}

static void full_queue_is_refused_with_its_bound(void **state) {
    (void)state;
    static const char *const arguments[] = {
        "--workers", "1", "--query-timeout", "600000", "--max-waiting", "2", NULL};
    struct process server = start(arguments);
    struct talk talk;
    int fds[3];
    talk_open(&talk, TALK_HTTP, server.port);
    fds[0] = talk_send(&talk, QUERY("1", ENDLESS));
    wait_health(server.port, "busy", 1);
    fds[1] = talk_send(&talk, QUERY("2", "SELECT 2 AS two"));
    fds[2] = talk_send(&talk, QUERY("3", "SELECT 3 AS three"));
    wait_health(server.port, "waiting", 2);
    const char *answer = talk_expect(&talk, talk_send(&talk, QUERY("4", "SELECT 4")), "\"id\":4");
    assert_non_null(answer);
    assert_non_null(strstr(answer, "2 queries are waiting already; try again later"));
    (void)talk_expect(&talk,
                      talk_send(&talk, "{\"jsonrpc\":\"2.0\",\"method\":"
                                       "\"notifications/cancelled\",\"params\":{"
                                       "\"requestId\":1}}"),
                      "202");
    assert_non_null(talk_expect(&talk, fds[1], "\"two\":2"));
    assert_non_null(talk_expect(&talk, fds[2], "\"three\":3"));
    (void)close(fds[0]);
    talk_close(&talk);
    stop(&server);
}

/* ---- workers that die ---- */

/* The child that computes: its CPU time grows by more than a start takes. */
static pid_t busy_child(pid_t server) {
    enum { GROWTH_TICKS = WAIT_FACTOR > 1 ? 15 : 3 };
    pid_t seen[MAX_CHILDREN] = {0};
    long before[MAX_CHILDREN] = {0};
    int zombies = 0;
    int count = children_of(server, seen, &zombies);
    uint64_t until_ms = now_ms() + PATIENCE_MS;
    struct process_state state;
    for (int i = 0; i < count; i++)
        before[i] = read_state(seen[i], &state) ? state.cpu_ticks : 0;
    while (now_ms() < until_ms) {
        for (int i = 0; i < count; i++)
            if (read_state(seen[i], &state) && state.cpu_ticks >= before[i] + GROWTH_TICKS)
                return seen[i];
        sleep_ms(2);
    }
    return 0;
}

static void dying_worker_fails_its_caller_alone(void **state) {
    (void)state;
    enum { TIMES = WAIT_FACTOR > 1 ? 67 : 200, STOPPED_EVERY = 66 };
    static const char *const arguments[] = {"--workers", "2", "--query-timeout", "3000", NULL};
    struct process server = start(arguments);
    struct talk victim;
    struct talk other;
    pid_t children[MAX_CHILDREN];
    int zombies = 0;
    talk_open(&victim, TALK_HTTP, server.port);
    talk_open(&other, TALK_HTTP, server.port);
    assert_non_null(
        talk_expect(&other, talk_send(&other, QUERY("1", "SELECT 1 AS one")), "\"one\":1"));
    int files = open_files_of(server.pid);
    for (int i = 0; i < TIMES; i++) {
        int signal = i % STOPPED_EVERY == 0 ? SIGSTOP : i % 2 == 0 ? SIGKILL : SIGSEGV;
        int fd = talk_send(&victim, QUERY("10", ENDLESS));
        wait_health(server.port, "busy", 1);
        pid_t pid = busy_child(server.pid);
        assert_true(pid > 0);
        assert_int_equal(kill(pid, signal), 0);
        assert_non_null(
            talk_expect(&other, talk_send(&other, QUERY("11", "SELECT 5 AS five")), "\"five\":5"));
        const char *answer = talk_expect(&victim, fd, "\"id\":10");
        assert_non_null(answer);
        assert_non_null(strstr(answer, "\"isError\":true"));
        bool is_told = strstr(answer, "the query process") != NULL ||
                       strstr(answer, "the query took longer than 3000 ms") != NULL;
        if (!is_told)
            print_error("%d: %s\n", i, answer);
        assert_true(is_told);
        wait_health(server.port, "busy", 0);
    }
    uint64_t until_ms = now_ms() + PATIENCE_MS;
    while ((children_of(server.pid, children, &zombies) != 2 || zombies > 0 ||
            open_files_of(server.pid) > files) &&
           now_ms() < until_ms)
        sleep_ms(5);
    assert_int_equal(children_of(server.pid, children, &zombies), 2);
    assert_int_equal(zombies, 0);
    assert_true(open_files_of(server.pid) <= files);
    talk_close(&victim);
    talk_close(&other);
    stop(&server);
}

static int open_all(void **state) {
    (void)state;
    harness_open(&harness);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    harness_close(&harness);
    return 0;
}

int main(void) {
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancelled_query_frees_its_worker_over_stdio),
        cmocka_unit_test(cancelled_query_frees_its_worker_over_sse),
        cmocka_unit_test(cancelled_query_frees_its_worker_over_http),
        cmocka_unit_test(closed_response_frees_its_worker),
        cmocka_unit_test(slow_queries_delay_nobody_else),
        cmocka_unit_test(full_queue_is_refused_with_its_bound),
        cmocka_unit_test(dying_worker_fails_its_caller_alone),
    };
    return cmocka_run_group_tests_name("integration.database", tests, open_all, close_all);
}
