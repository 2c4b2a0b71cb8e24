/* SPDX-License-Identifier: MIT */
/* The database server as a process: what changes is told, wrong descriptions are, a million rows.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "../support/under_valgrind.h"
#include "query.h"
#include "talk.h"
#include "watch.h"

static struct harness harness;

static struct process start(const char *const *more) {
    const char *arguments[24] = {"--database", harness.database, "--port", "0"};
    for (int i = 0; more[i] != NULL; i++)
        arguments[4 + i] = more[i];
    return process_start(&harness, "mcp-database", arguments);
}

static void stop(struct process *server) {
    assert_int_equal(process_stop(server, SIGTERM, NULL), 0);
}

/* ---- what changes ---- */

static void change(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

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

static void changes_are_told(struct talk *talk) {
    static const char metadata[] = "\"uri\":\"database://metadata\"";
    static const char schema[] = "\"uri\":\"database://schema/products\"";
    char copy[128];
    char sql[256];
    subscribe(talk, "database://metadata");
    subscribe(talk, "database://schema/products");
    sleep_ms(1100); /* the file's time has whole seconds on some file systems */
    change(harness.database, "ALTER TABLE products ADD COLUMN colour TEXT");
    expect_told(talk, metadata);
    expect_told(talk, schema);
    change(harness.database, "CREATE TABLE later (a)");
    expect_told(talk, "notifications/resources/list_changed");
    change(harness.database,
           "INSERT INTO products SELECT 990, 'x', category_id, 1, 1, 1, launched_on, NULL "
           "FROM products LIMIT 1");
    expect_told(talk, schema);
    (void)snprintf(copy, sizeof copy, "%s/copy.db", harness.dir);
    (void)snprintf(sql, sizeof sql, "VACUUM INTO '%s'", copy);
    change(harness.database, sql);
    change(copy, "CREATE TABLE other (a)");
    assert_int_equal(rename(copy, harness.database), 0);
    expect_told(talk, "notifications/resources/list_changed");
    const char *answer = talk_expect(
        talk, talk_send(talk, QUERY("21", "SELECT count(*) AS n FROM other")), "\"id\":21");
    assert_non_null(answer);
    assert_non_null(strstr(answer, "\\\"n\\\":0"));
}

static void renew_database(void) {
    char output[256];
    const char *const arguments[] = {"init", harness.database, NULL};
    (void)unlink(harness.database);
    assert_int_equal(process_run("mcp-database", arguments, output, sizeof output), 0);
}

static void changes_are_told_over_http(void **state) {
    (void)state;
    static const char *const nothing_more[] = {NULL};
    struct process server = start(nothing_more);
    struct talk talk;
    talk_open(&talk, TALK_HTTP, server.port);
    changes_are_told(&talk);
    talk_close(&talk);
    stop(&server);
    renew_database();
}

static void changes_are_told_over_stdio(void **state) {
    (void)state;
    struct talk talk;
    const char *const arguments[] = {"--database", harness.database, "--transport", "stdio", NULL};
    talk_open_stdio(&talk, &harness, arguments);
    changes_are_told(&talk);
    talk_close(&talk);
    renew_database();
}

/* ---- descriptions ---- */

static void wrong_descriptions_are_told_at_start_and_in_health(void **state) {
    (void)state;
    char path[128];
    char log[8192] = "";
    (void)snprintf(path, sizeof path, "%s/metadata.json", harness.dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(
        "{\"description\": \"a shop\", \"tables\": {\"products\": {\"description\": \"things\","
        " \"columns\": {\"price\": \"in euro\", \"weight\": \"none\"}}, \"ghosts\": {},"
        " \"sales\": {\"columns\": {\"total_amount\": \"hidden\"}},"
        " \"orders\": {\"description\": \"hidden\"}}}",
        file);
    assert_int_equal(fclose(file), 0);
    const char *const arguments[] = {"--metadata",         path, "--deny", "orders", "--deny",
                                     "sales.total_amount", NULL};
    struct process server = start(arguments);
    uint64_t until_ms = now_ms() + PATIENCE_MS;
    char *page = NULL;
    do {
        free(page);
        page = talk_exchange(server.port, "GET /health HTTP/1.1", "", NULL);
    } while (strstr(page, "ghosts") == NULL && now_ms() < until_ms);
    assert_non_null(strstr(page,
                           "\"metadata_mismatches\":[\"column products.weight is described but "
                           "does not exist\",\"table ghosts is described but does not "
                           "exist\"]"));
    free(page);
    FILE *told = fopen(server.log, "r");
    assert_non_null(told);
    (void)fread(log, 1, sizeof log - 1, told);
    (void)fclose(told);
    assert_non_null(strstr(log, "table ghosts is described but does not exist"));
    assert_non_null(strstr(log, "column products.weight is described but does not exist"));
    assert_null(strstr(log, "total_amount"));
    struct talk talk;
    talk_open(&talk, TALK_HTTP, server.port);
    const char *answer =
        talk_expect(&talk,
                    talk_send(&talk, "{\"jsonrpc\":\"2.0\",\"id\":30,\"method\":\"resources/read\","
                                     "\"params\":{\"uri\":\"database://metadata\"}}"),
                    "in euro");
    assert_non_null(answer);
    assert_non_null(strstr(answer, "a shop"));
    assert_null(strstr(answer, "total_amount"));
    talk_close(&talk);
    stop(&server);
}

/* ---- a million rows ---- */

static void a_million_rows_take_bounded_memory(void **state) {
    (void)state;
    enum { CAP_KIB = 64 * 1024, WORKER_KIB = 48 * 1024 };
    if (WAIT_FACTOR > 1 || is_under_valgrind())
        skip(); /* their own memory would be measured */
    static const char *const arguments[] = {"--workers",
                                            "1",
                                            "--query-timeout",
                                            "60000",
                                            "--max-result-rows",
                                            "1000000",
                                            "--max-result-bytes",
                                            "67108864",
                                            NULL};
    struct process server = start(arguments);
    pid_t children[MAX_CHILDREN];
    int zombies = 0;
    size_t len = 0;
    int fd = talk_query_modern(
        server.port, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i "
                     "< 1000000) SELECT i AS a, i AS b, 'text' AS c, 0.5 AS d, -i AS e FROM n");
    char *answer = talk_read_all(fd, &len);
    assert_int_equal(children_of(server.pid, children, &zombies), 1);
    long worker_kib = status_of(children[0], "VmHWM:");
    long server_kib = status_of(server.pid, "VmHWM:");
    print_message("1,000,000 rows: a reply of %zu bytes, the worker %ld KiB, the server %ld KiB\n",
                  len, worker_kib, server_kib);
    assert_non_null(strstr(answer + len - 1000, "\"row_count\":1000000"));
    assert_non_null(strstr(answer + len - 1000, "\"truncated\":false"));
    free(answer);
    assert_true(worker_kib < WORKER_KIB);
    assert_true(server_kib < 6L * CAP_KIB); /* rows, text, and both once more in the reply */
    char *page = talk_exchange(server.port, "GET /health HTTP/1.1", "", NULL);
    free(page);
    assert_true(status_of(server.pid, "VmRSS:") < CAP_KIB); /* and it is given back */
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
        cmocka_unit_test(changes_are_told_over_http),
        cmocka_unit_test(changes_are_told_over_stdio),
        cmocka_unit_test(wrong_descriptions_are_told_at_start_and_in_health),
        cmocka_unit_test(a_million_rows_take_bounded_memory),
    };
    return cmocka_run_group_tests_name("integration.database_content", tests, open_all, close_all);
}
