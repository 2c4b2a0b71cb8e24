/* SPDX-License-Identifier: MIT */
/* The database server as a process beside a PostgreSQL server: what changes is told, cancelling, a
 * database that goes away. Runs under tests/sql/with_postgres.sh. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "administrator.h"
#include "query.h"
#include "waits.h"
#include "watch.h"

enum { ANSWER_MS = 100, FREE_MS = 50, ROUNDS = 8 };

static struct harness harness;
static char url[160];

static struct process start(const char *const *more) {
    const char *arguments[24] = {"--database-url", url, "--port", "0"};
    size_t count = 4;
    for (int i = 0; more[i] != NULL; i++)
        arguments[count++] = more[i];
    arguments[count] = NULL;
    return process_start(&harness, "mcp-database", arguments);
}

static void stop(struct process *server) {
    assert_int_equal(process_stop(server, SIGTERM, NULL), 0);
}

static void change(const char *sql) {
    PGconn *conn = administrate("served");
    administrator_run(conn, sql);
    PQfinish(conn);
}

/* ---- what changes ---- */

static void subscribe(struct talk *talk, const char *uri) {
    int fd = talk_send(talk,
                       "{\"jsonrpc\":\"2.0\",\"id\":20,\"method\":\"resources/subscribe\","
                       "\"params\":{\"uri\":\"%s\"}}",
                       uri);
    const char *answer = talk_expect(talk, fd, "\"id\":20");
    assert_non_null(answer);
    assert_non_null(strstr(answer, "\"result\":{}"));
}

static void expect_told(struct talk *talk, const char *what) {
    const char *told = talk_expect(talk, -1, what);
    if (told == NULL)
        print_error("nothing of %s\n", what);
    assert_non_null(told);
}

static const char list_changed[] = "notifications/resources/list_changed";

/* Until the server has described the database once: before, nothing is a change. */
static void await_description(struct talk *talk) {
    assert_non_null(
        talk_expect(talk,
                    talk_send(talk, "{\"jsonrpc\":\"2.0\",\"id\":30,\"method\":\"resources/read\","
                                    "\"params\":{\"uri\":\"database://metadata\"}}"),
                    "\"id\":30"));
}

static void look_for_changes(struct talk *talk) {
    await_description(talk);
    subscribe(talk, "database://metadata");
    subscribe(talk, "database://schema/things");
    subscribe(talk, "database://sample/things");
    change("ALTER TABLE things ADD COLUMN colour text");
    expect_told(talk, "\"uri\":\"database://metadata\"");
    expect_told(talk, "\"uri\":\"database://schema/things\"");
    expect_told(talk, "\"uri\":\"database://sample/things\"");
    change("CREATE TABLE later (a int); GRANT SELECT ON later TO served_reader");
    expect_told(talk, list_changed);
    change("REVOKE SELECT ON things FROM served_reader");
    expect_told(talk, "\"uri\":\"database://schema/things\"");
    expect_told(talk, list_changed);
    change("GRANT SELECT ON things TO served_reader; COMMENT ON TABLE things IS 'Things.'");
    expect_told(talk, list_changed);
    const char *answer = talk_expect(
        talk, talk_send(talk, QUERY("21", "SELECT count(colour) AS n FROM things")), "\"id\":21");
    assert_non_null(answer);
    assert_non_null(strstr(answer, "\\\"n\\\":0"));
    change("DROP TABLE later; ALTER TABLE things DROP COLUMN colour");
    expect_told(talk, list_changed);
}

static void changes_are_told(enum talk_kind kind) {
    static const char *const every_second[] = {"--schema-check", "1", NULL};
    struct process server = start(every_second);
    struct talk talk;
    talk_open(&talk, kind, server.port);
    look_for_changes(&talk);
    talk_close(&talk);
    stop(&server);
}

static void changes_are_told_over_http(void **state) {
    (void)state;
    changes_are_told(TALK_HTTP);
}

static void changes_are_told_over_sse(void **state) {
    (void)state;
    changes_are_told(TALK_SSE);
}

static void changes_are_told_over_stdio(void **state) {
    (void)state;
    struct talk talk;
    const char *const arguments[] = {"--database-url", url, "--transport", "stdio",
                                     "--schema-check", "1", NULL};
    talk_open_stdio(&talk, &harness, arguments);
    look_for_changes(&talk);
    talk_close(&talk);
}

static void hangup_looks_at_once(void **state) {
    (void)state;
    static const char *const never[] = {"--schema-check", "0", NULL};
    struct process server = start(never);
    struct talk talk;
    talk_open(&talk, TALK_HTTP, server.port);
    await_description(&talk);
    change("CREATE TABLE at_once (a int); GRANT SELECT ON at_once TO served_reader");
    assert_int_equal(kill(server.pid, SIGHUP), 0);
    expect_told(&talk, list_changed);
    talk_close(&talk);
    stop(&server);
    change("DROP TABLE at_once");
}

/* ---- cancelling ---- */

/* Another worker answers at once, and the cancelled one is replaced. */
static void a_cancelled_query_frees_its_worker(void **state) {
    (void)state;
    static const char *const two[] = {"--workers", "2", "--query-timeout", "600000", NULL};
    struct process server = start(two);
    struct talk talk;
    struct waits waits = {UINT64_MAX, 0};
    struct waits freed = {UINT64_MAX, 0};
    talk_open(&talk, TALK_HTTP, server.port);
    for (int i = 0; i < ROUNDS; i++) {
        int slow = talk_send(&talk, QUERY("10", ENDLESS));
        wait_health(server.port, "busy", 1);
        uint64_t began = now_ms();
        int cancel = talk_send(&talk, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                                      "\"params\":{\"requestId\":10}}");
        const char *answer =
            talk_expect(&talk, talk_send(&talk, QUERY("11", "SELECT 5 AS five")), "\"id\":11");
        waits_add(&waits, now_ms() - began);
        assert_non_null(answer);
        assert_non_null(strstr(answer, "\\\"five\\\":5"));
        wait_health(server.port, "busy", 0);
        waits_add(&freed, now_ms() - began);
        free(talk_read_all(cancel, NULL));
        char *unheard = talk_read_all(slow, NULL);
        assert_null(strstr(unheard, "\"id\":10"));
        free(unheard);
    }
    waits_check("cancelled, the next answer after", &waits, ANSWER_MS);
    waits_check("cancelled, its worker free after", &freed, FREE_MS);
    talk_close(&talk);
    stop(&server);
}

static void a_closed_response_frees_its_worker(void **state) {
    (void)state;
    static const char *const alone[] = {"--workers", "1", "--query-timeout", "600000", NULL};
    struct process server = start(alone);
    struct waits answered = {UINT64_MAX, 0};
    for (int i = 0; i < ROUNDS; i++) {
        int slow = talk_query_modern(server.port, ENDLESS);
        wait_health(server.port, "busy", 1);
        uint64_t began = now_ms();
        (void)close(slow);
        char *answer = talk_read_all(talk_query_modern(server.port, "SELECT 5 AS five"), NULL);
        waits_add(&answered, now_ms() - began);
        assert_non_null(strstr(answer, "\\\"five\\\":5"));
        free(answer);
    }
    waits_check("response closed, the next answer after", &answered, ANSWER_MS);
    stop(&server);
}

/* ---- a database that goes away ---- */

static void a_database_that_goes_away_and_comes_back(void **state) {
    (void)state;
    static const char *const every_second[] = {"--schema-check", "1", NULL};
    struct process server = start(every_second);
    struct talk talk;
    talk_open(&talk, TALK_HTTP, server.port);
    await_description(&talk);
    administrator_control("kill");
    const char *answer =
        talk_expect(&talk, talk_send(&talk, QUERY("12", "SELECT 5 AS five")), "\"id\":12");
    assert_non_null(answer);
    assert_non_null(strstr(answer, "\"isError\":true"));
    assert_non_null(talk_expect(&talk, talk_send(&talk, PING), "\"id\":77"));
    administrator_control("start");
    uint64_t until_ms = now_ms() + PATIENCE_MS;
    bool is_back = false;
    while (!is_back && now_ms() < until_ms) {
        answer = talk_expect(&talk, talk_send(&talk, QUERY("13", "SELECT 5 AS five")), "\"id\":13");
        assert_non_null(answer);
        is_back = strstr(answer, "\\\"five\\\":5") != NULL;
    }
    assert_true(is_back);
    talk_close(&talk);
    stop(&server);
}

static int open_all(void **state) {
    (void)state;
    harness_open(&harness);
    administrator_make_database("served",
                                "CREATE ROLE served_reader LOGIN; CREATE TABLE things (a int);"
                                "GRANT SELECT ON things TO served_reader");
    (void)snprintf(url, sizeof url, "postgresql://served_reader@/served?host=%s",
                   getenv("MCP_TEST_POSTGRES_DIR"));
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
        cmocka_unit_test(changes_are_told_over_http),
        cmocka_unit_test(changes_are_told_over_sse),
        cmocka_unit_test(changes_are_told_over_stdio),
        cmocka_unit_test(hangup_looks_at_once),
        cmocka_unit_test(a_cancelled_query_frees_its_worker),
        cmocka_unit_test(a_closed_response_frees_its_worker),
        cmocka_unit_test(a_database_that_goes_away_and_comes_back),
    };
    return cmocka_run_group_tests_name("integration.postgres", tests, open_all, close_all);
}
