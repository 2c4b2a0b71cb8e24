/* SPDX-License-Identifier: MIT */
/* The pool with a PostgreSQL server that is cancelled, killed, stopped and frozen. Beside
 * with_postgres.sh; this program is its own worker. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "administrator.h"
#include "database/worker.h"
#include "database/worker_pool.h"
#include "database/worker_process.h"
#include "mcp/clock.h"

/* The fastest of some rounds keeps the promise: on a busy machine the slowest says nothing of us.
 */
enum { DEADLINE_MS = 2000, SOON_MS = 50, ENDED_MS = 100, LONGEST_MS = 10000 };

static const char endless[] = "SELECT count(*) FROM generate_series(1, 100000) a, "
                              "generate_series(1, 100000) b";

static struct database_pool *pool;

struct answer {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
    enum mcp_code code;
    char what[256];
    uint64_t at_ms;
};

static void keep(const struct database_reply *reply, void *user) {
    struct answer *answer = user;
    (void)pthread_mutex_lock(&answer->lock);
    answer->is_done = true;
    answer->code = reply->code;
    answer->at_ms = mcp_clock_now_ms();
    (void)snprintf(answer->what, sizeof answer->what, "%s",
                   reply->err != NULL ? reply->err->what : "");
    (void)pthread_cond_signal(&answer->done);
    (void)pthread_mutex_unlock(&answer->lock);
}

static struct answer new_answer(void) {
    return (struct answer){.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
}

static uint64_t submit(const char *sql, struct answer *answer) {
    uint64_t ticket = 0;
    char text[400];
    (void)snprintf(text, sizeof text, "\n%s", sql);
    assert_int_equal(database_pool_submit(pool,
                                          &(struct database_task){DATABASE_JOB_QUERY,
                                                                  mcp_str_of(text), keep, answer},
                                          &ticket, NULL),
                     MCP_OK);
    database_pool_go(pool, ticket);
    return ticket;
}

static void wait_for(struct answer *answer) {
    (void)pthread_mutex_lock(&answer->lock);
    while (!answer->is_done)
        (void)pthread_cond_wait(&answer->done, &answer->lock);
    (void)pthread_mutex_unlock(&answer->lock);
}

static struct answer ask(const char *sql) {
    struct answer answer = new_answer();
    (void)submit(sql, &answer);
    wait_for(&answer);
    return answer;
}

static void pause_ms(long ms) {
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static size_t active(PGconn *conn) {
    char *count = administrator_ask(conn, "SELECT count(*) FROM pg_stat_activity"
                                          " WHERE usename = 'reader' AND state = 'active'"
                                          " AND query LIKE 'FETCH%'");
    size_t number = (size_t)strtoul(count, NULL, 10);
    free(count);
    return number;
}

static void until_active(PGconn *conn, size_t wanted) {
    uint64_t until_ms = mcp_clock_now_ms() + LONGEST_MS;
    while (active(conn) != wanted) {
        assert_true(mcp_clock_now_ms() < until_ms);
        pause_ms(1);
    }
}

static void until_it_answers(void) {
    uint64_t until_ms = mcp_clock_now_ms() + LONGEST_MS;
    while (ask("SELECT 1").code != MCP_OK) {
        assert_true(mcp_clock_now_ms() < until_ms);
        pause_ms(50);
    }
}

static int start(void **state) {
    (void)state;
    struct mcp_err err = {0};
    json_auto_t *url =
        json_sprintf("postgresql://reader@/faults?host=%s", getenv("MCP_TEST_POSTGRES_DIR"));
    json_auto_t *configuration =
        json_pack("{s:O, s:{s:i}}", "url", url, "limits", "deadline_ms", DEADLINE_MS);
    const struct database_pool_options options = {
        .configuration = configuration, .worker_count = 2, .deadline_ms = DEADLINE_MS};
    if (database_pool_start(&options, &pool, &err) != MCP_OK)
        fail_msg("%s", err.what);
    return 0;
}

static int stop(void **state) {
    (void)state;
    database_pool_stop(pool);
    pool = NULL;
    return 0;
}

static int make(void **state) {
    (void)state;
    administrator_make_database("faults", "CREATE ROLE reader LOGIN");
    return 0;
}

static void a_cancelled_query_ends_at_once_on_both_sides(void **state) {
    (void)state;
    PGconn *conn = administrate("faults");
    uint64_t heard_ms = LONGEST_MS;
    uint64_t ended_ms = LONGEST_MS;
    for (size_t i = 0; i < 10; i++) {
        struct answer answer = new_answer();
        uint64_t ticket = submit(endless, &answer);
        until_active(conn, 1);
        uint64_t began_ms = mcp_clock_now_ms();
        database_pool_cancel(pool, ticket);
        wait_for(&answer);
        assert_int_equal(answer.code, MCP_E_CANCELLED);
        uint64_t took_ms = answer.at_ms - began_ms;
        heard_ms = took_ms < heard_ms ? took_ms : heard_ms;
        until_active(conn, 0);
        took_ms = mcp_clock_now_ms() - began_ms;
        ended_ms = took_ms < ended_ms ? took_ms : ended_ms;
    }
    (void)printf("cancelled: heard after %lu ms, the server's statement ended after %lu ms\n",
                 (unsigned long)heard_ms, (unsigned long)ended_ms);
    assert_true(heard_ms <= SOON_MS);
    assert_true(ended_ms <= ENDED_MS);
    PQfinish(conn);
}

static void a_slow_query_delays_nobody(void **state) {
    (void)state;
    struct answer slow = new_answer();
    (void)submit(endless, &slow);
    uint64_t began_ms = mcp_clock_now_ms();
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(ask("SELECT 1").code, MCP_OK);
    assert_true(mcp_clock_now_ms() - began_ms < DEADLINE_MS / 2);
    wait_for(&slow);
    assert_int_equal(slow.code, MCP_E_TIMEOUT);
    assert_non_null(strstr(slow.what, "2000 ms"));
}

static void a_killed_server_gives_one_clear_error(void **state) {
    (void)state;
    PGconn *conn = administrate("faults");
    struct answer answer = new_answer();
    (void)submit(endless, &answer);
    until_active(conn, 1);
    PQfinish(conn);
    administrator_control("kill");
    wait_for(&answer);
    assert_int_equal(answer.code, MCP_E_IO);
    assert_non_null(strstr(answer.what, "lost"));
    struct answer away = ask("SELECT 1");
    assert_int_equal(away.code, MCP_E_IO);
    administrator_control("start");
    until_it_answers();
}

static void a_closed_idle_connection_is_replaced_unseen(void **state) {
    (void)state;
    PGconn *conn = administrate("faults");
    until_it_answers();
    for (size_t i = 0; i < 5; i++) {
        administrator_run(conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                " WHERE usename = 'reader'");
        pause_ms(300);
        struct answer answer = ask("SELECT 1");
        if (answer.code != MCP_OK)
            fail_msg("%s", answer.what);
    }
    PQfinish(conn);
}

static void a_frozen_server_is_given_up_at_the_deadline(void **state) {
    (void)state;
    until_it_answers();
    administrator_control("freeze");
    uint64_t began_ms = mcp_clock_now_ms();
    struct answer answer = ask("SELECT 1");
    uint64_t took_ms = mcp_clock_now_ms() - began_ms;
    administrator_control("thaw");
    assert_int_equal(answer.code, MCP_E_TIMEOUT);
    assert_true(took_ms < DEADLINE_MS + 2000);
    until_it_answers();
}

static void a_server_that_is_away_fails_the_start(void **state) {
    (void)state;
    struct mcp_err err = {0};
    struct database_pool *none = NULL;
    json_auto_t *configuration =
        json_pack("{s:s}", "url", "postgresql://reader:hidden-marker@/faults?host=/nonexistent");
    const struct database_pool_options options = {.configuration = configuration};
    assert_int_equal(database_pool_start(&options, &none, &err), MCP_E_IO);
    assert_non_null(strstr(err.what, "/nonexistent"));
    assert_null(strstr(err.what, "hidden-marker"));
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], DATABASE_WORKER_ARGUMENT) == 0)
        return database_worker_main(DATABASE_WORKER_FD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cancelled_query_ends_at_once_on_both_sides, start, stop),
        cmocka_unit_test_setup_teardown(a_slow_query_delays_nobody, start, stop),
        cmocka_unit_test_setup_teardown(a_closed_idle_connection_is_replaced_unseen, start, stop),
        cmocka_unit_test_setup_teardown(a_frozen_server_is_given_up_at_the_deadline, start, stop),
        cmocka_unit_test_setup_teardown(a_killed_server_gives_one_clear_error, start, stop),
        cmocka_unit_test(a_server_that_is_away_fails_the_start),
    };
    return cmocka_run_group_tests_name("sql.postgres_faults", tests, make, NULL);
}
