/* SPDX-License-Identifier: MIT */
/* The pool with its real, sandboxed processes: this program is its own worker. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "database/worker.h"
#include "database/worker_pool.h"
#include "database/worker_process.h"
#include "fixture.h"
#include "mcp/clock.h"

static struct fixture fixture;
static struct database_pool *pool;

struct answer {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
    enum mcp_code code;
    char what[256];
    char rows[4096];
    uint64_t at_ms;
};

static void keep(const struct database_reply *reply, void *user) {
    struct answer *answer = user;
    (void)pthread_mutex_lock(&answer->lock);
    answer->is_done = true;
    answer->code = reply->code;
    answer->at_ms = mcp_clock_now_ms();
    if (reply->err != NULL)
        (void)snprintf(answer->what, sizeof answer->what, "%s", reply->err->what);
    (void)snprintf(answer->rows, sizeof answer->rows, "%.*s", (int)reply->rows.len,
                   reply->rows.ptr);
    (void)pthread_cond_signal(&answer->done);
    (void)pthread_mutex_unlock(&answer->lock);
}

static struct answer new_answer(void) {
    return (struct answer){.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
}

static void wait_for(struct answer *answer) {
    (void)pthread_mutex_lock(&answer->lock);
    while (!answer->is_done)
        (void)pthread_cond_wait(&answer->done, &answer->lock);
    (void)pthread_mutex_unlock(&answer->lock);
}

static uint64_t ask(const char *sql, struct answer *answer) {
    uint64_t ticket = 0;
    char text[400];
    assert_true((size_t)snprintf(text, sizeof text, "\n%s", sql) < sizeof text);
    assert_int_equal(database_pool_submit(pool,
                                          &(struct database_task){DATABASE_JOB_QUERY,
                                                                  mcp_str_of(text), keep, answer},
                                          &ticket, NULL),
                     MCP_OK);
    database_pool_go(pool, ticket);
    return ticket;
}

static struct answer ask_and_wait(const char *sql) {
    struct answer answer = new_answer();
    (void)ask(sql, &answer);
    wait_for(&answer);
    return answer;
}

static const char endless[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

/* Runs for seconds inside one instruction: only killing the process ends it. */
static const char unstoppable[] = "SELECT instr(zeroblob(1000000), zeroblob(500000) || x'01')";

static void expect_alive(void) {
    struct answer answer = ask_and_wait("SELECT 1 AS a");
    if (answer.code != MCP_OK)
        print_error("%s\n", answer.what);
    assert_int_equal(answer.code, MCP_OK);
    assert_string_equal(answer.rows, "{\"a\":1}");
}

static void queries_are_answered(void **state) {
    (void)state;
    expect_alive();
    struct answer answer = ask_and_wait("DROP TABLE products");
    assert_int_equal(answer.code, MCP_E_DENIED);
    assert_non_null(strstr(answer.what, "only reads"));
    expect_alive();
}

static void catalogue_is_described(void **state) {
    (void)state;
    struct answer answer = new_answer();
    uint64_t ticket = 0;
    assert_int_equal(database_pool_submit(
                         pool,
                         &(struct database_task){DATABASE_JOB_DESCRIBE, MCP_STR(""), keep, &answer},
                         &ticket, NULL),
                     MCP_OK);
    database_pool_go(pool, ticket);
    wait_for(&answer);
    assert_int_equal(answer.code, MCP_OK);
    assert_non_null(strstr(answer.rows, "\"categories\""));
}

static void slow_query_is_stopped_at_its_deadline(void **state) {
    (void)state;
    uint64_t began = mcp_clock_now_ms();
    struct answer answer = ask_and_wait(endless);
    assert_int_equal(answer.code, MCP_E_TIMEOUT);
    assert_true(answer.at_ms - began < 5000);
    expect_alive();
}

static void query_that_cannot_be_interrupted_is_killed(void **state) {
    (void)state;
    struct answer answer = ask_and_wait(unstoppable);
    assert_true(answer.code == MCP_E_TIMEOUT || answer.code == MCP_OK);
    expect_alive();
}

static void slow_query_does_not_delay_another(void **state) {
    (void)state;
    struct answer slow = new_answer();
    (void)ask(endless, &slow);
    expect_alive();
    assert_false(slow.is_done);
    wait_for(&slow);
}

/* Keeps its thread until the small one has been answered. */
struct large {
    struct answer answer;
    struct answer *small;
};

static void keep_after_small(const struct database_reply *reply, void *user) {
    struct large *large = user;
    wait_for(large->small);
    keep(reply, &large->answer);
}

static void a_large_answer_holds_up_no_other(void **state) {
    (void)state;
    struct answer small = new_answer();
    struct large large = {new_answer(), &small};
    uint64_t ticket = 0;
    const struct database_task task = {DATABASE_JOB_QUERY,
                                       MCP_STR("\nSELECT printf('%300000d', 1) AS a"),
                                       keep_after_small, &large};
    assert_int_equal(database_pool_submit(pool, &task, &ticket, NULL), MCP_OK);
    database_pool_go(pool, ticket);
    (void)ask("SELECT 1 AS a", &small);
    wait_for(&large.answer);
    assert_int_equal(large.answer.code, MCP_OK);
    assert_int_equal(small.code, MCP_OK);
}

static void cancel_ends_a_running_query_at_once(void **state) {
    (void)state;
    struct answer slow = new_answer();
    uint64_t ticket = ask(endless, &slow);
    const struct timespec moment = {0, 50000000};
    (void)nanosleep(&moment, NULL);
    database_pool_cancel(pool, ticket);
    wait_for(&slow);
    assert_int_equal(slow.code, MCP_E_CANCELLED);
    expect_alive();
}

static void cancel_ends_a_waiting_query(void **state) {
    (void)state;
    struct answer slow[3] = {new_answer(), new_answer(), new_answer()};
    (void)ask(endless, &slow[0]);
    (void)ask(endless, &slow[1]);
    uint64_t ticket = ask("SELECT 1", &slow[2]);
    database_pool_cancel(pool, ticket);
    wait_for(&slow[2]);
    assert_int_equal(slow[2].code, MCP_E_CANCELLED);
    assert_false(slow[0].is_done);
    wait_for(&slow[0]);
    wait_for(&slow[1]);
}

static void queue_has_a_bound(void **state) {
    (void)state;
    enum { COUNT = 7 };
    struct answer answers[COUNT];
    enum mcp_code code = MCP_OK;
    struct mcp_err err = {0};
    int taken = 0;
    for (; taken < COUNT && code == MCP_OK; taken += code == MCP_OK ? 1 : 0) {
        uint64_t ticket = 0;
        answers[taken] = new_answer();
        code =
            database_pool_submit(pool,
                                 &(struct database_task){DATABASE_JOB_QUERY, MCP_STR("\nSELECT 1"),
                                                         keep, &answers[taken]},
                                 &ticket, &err);
    }
    assert_int_equal(code, MCP_E_LIMIT);
    assert_int_equal(taken, 4);
    assert_non_null(strstr(err.what, "4 queries are waiting"));
    for (uint64_t ticket = 0; ticket < 1000; ticket++)
        database_pool_go(pool, ticket);
    for (int i = 0; i < taken; i++)
        wait_for(&answers[i]);
}

static void too_long_for_a_frame_is_refused(void **state) {
    (void)state;
    static char sql[DATABASE_FRAME_BYTES + 1];
    struct mcp_err err = {0};
    memset(sql, ' ', DATABASE_FRAME_BYTES);
    assert_int_equal(database_pool_submit(
                         pool,
                         &(struct database_task){DATABASE_JOB_QUERY, mcp_str_of(sql), keep, NULL},
                         NULL, &err),
                     MCP_E_LIMIT);
}

static void replaced_file_is_opened_anew(void **state) {
    (void)state;
    char other[128];
    (void)snprintf(other, sizeof other, "%s/other.db", fixture.dir);
    assert_int_equal(database_sqlite_create(other,
                                            "CREATE TABLE fresh(a); INSERT INTO fresh "
                                            "VALUES (42);",
                                            NULL),
                     MCP_OK);
    assert_int_equal(rename(other, fixture.path), 0);
    struct answer answer = ask_and_wait("SELECT a FROM fresh");
    assert_int_equal(answer.code, MCP_OK);
    assert_string_equal(answer.rows, "{\"a\":42}");
}

static void vanished_file_is_an_error_and_its_return_is_noticed(void **state) {
    (void)state;
    char aside[128];
    (void)snprintf(aside, sizeof aside, "%s/aside.db", fixture.dir);
    assert_int_equal(rename(fixture.path, aside), 0);
    struct answer answer = ask_and_wait("SELECT a FROM fresh");
    assert_int_equal(answer.code, MCP_E_NOT_FOUND);
    assert_int_equal(rename(aside, fixture.path), 0);
    const struct timespec pause = {0, 600000000};
    (void)nanosleep(&pause, NULL);
    answer = ask_and_wait("SELECT a FROM fresh");
    assert_int_equal(answer.code, MCP_OK);
}

static void stop_ends_what_runs_and_what_waits(void **state) {
    (void)state;
    struct answer slow[4] = {new_answer(), new_answer(), new_answer(), new_answer()};
    for (int i = 0; i < 4; i++)
        (void)ask(endless, &slow[i]);
    database_pool_stop(pool);
    pool = NULL;
    for (int i = 0; i < 4; i++) {
        assert_true(slow[i].is_done);
        assert_int_equal(slow[i].code, MCP_E_CANCELLED);
    }
}

static void start_tells_why_it_cannot(void **state) {
    (void)state;
    json_auto_t *configuration = json_pack("{s:s}", "path", "/nowhere/at/all.db");
    const struct database_pool_options options = {.configuration = configuration};
    struct database_pool *none = NULL;
    struct mcp_err err = {0};
    assert_int_equal(database_pool_start(&options, &none, &err), MCP_E_NOT_FOUND);
    assert_string_equal(err.where, "/nowhere/at/all.db");
    assert_null(none);
}

static int set_up(void **state) {
    (void)state;
    fixture_make(&fixture, database_sample_script);
    json_auto_t *configuration =
        json_pack("{s:s, s:{s:i}}", "path", fixture.path, "limits", "deadline_ms", 500);
    const struct database_pool_options options = {
        .configuration = configuration, .worker_count = 2, .max_queue = 4, .deadline_ms = 500};
    struct mcp_err err = {0};
    enum mcp_code code = database_pool_start(&options, &pool, &err);
    if (code != MCP_OK)
        print_error("%s %s\n", err.where, err.what);
    return code == MCP_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    database_pool_stop(pool);
    fixture_remove(&fixture);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], DATABASE_WORKER_ARGUMENT) == 0)
        return database_worker_main(DATABASE_WORKER_FD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_are_answered),
        cmocka_unit_test(catalogue_is_described),
        cmocka_unit_test(slow_query_is_stopped_at_its_deadline),
        cmocka_unit_test(query_that_cannot_be_interrupted_is_killed),
        cmocka_unit_test(slow_query_does_not_delay_another),
        cmocka_unit_test(a_large_answer_holds_up_no_other),
        cmocka_unit_test(cancel_ends_a_running_query_at_once),
        cmocka_unit_test(cancel_ends_a_waiting_query),
        cmocka_unit_test(queue_has_a_bound),
        cmocka_unit_test(too_long_for_a_frame_is_refused),
        cmocka_unit_test(replaced_file_is_opened_anew),
        cmocka_unit_test(vanished_file_is_an_error_and_its_return_is_noticed),
        cmocka_unit_test(stop_ends_what_runs_and_what_waits),
        cmocka_unit_test(start_tells_why_it_cannot),
    };
    return cmocka_run_group_tests_name("database.worker_pool", tests, set_up, tear_down);
}
