/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "database/jobs.h"

static uint64_t add(struct database_jobs *jobs, const char *sql) {
    uint64_t ticket = 0;
    struct database_job *job = database_job_new(DATABASE_JOB_QUERY, mcp_str_of(sql), NULL, NULL);
    assert_non_null(job);
    if (database_jobs_add(jobs, job, &ticket, NULL) != MCP_OK)
        database_job_free(job);
    return ticket;
}

static void expect_next(struct database_jobs *jobs, size_t slot, uint64_t ticket) {
    struct database_job *job = database_jobs_take(jobs, slot);
    if (ticket == 0) {
        assert_null(job);
        return;
    }
    assert_non_null(job);
    assert_int_equal(job->ticket, ticket);
    database_job_free(job);
}

static void held_jobs_wait_and_others_pass_them(void **state) {
    (void)state;
    struct database_jobs *jobs = NULL;
    assert_int_equal(database_jobs_new(10, &jobs, NULL), MCP_OK);
    uint64_t first = add(jobs, "a");
    uint64_t second = add(jobs, "b");
    expect_next(jobs, 0, 0);
    database_jobs_go(jobs, second);
    expect_next(jobs, 0, second);
    expect_next(jobs, 0, 0);
    database_jobs_go(jobs, first);
    expect_next(jobs, 1, first);
    struct database_pool_counts counts = {0};
    database_jobs_count(jobs, &counts);
    assert_int_equal(counts.busy, 2);
    assert_int_equal(counts.waiting, 0);
    database_jobs_release(jobs, 0);
    database_jobs_release(jobs, 0);
    database_jobs_release(jobs, 1);
    database_jobs_count(jobs, &counts);
    assert_int_equal(counts.busy, 0);
    database_jobs_free(jobs);
}

static void order_is_first_in_first_out_after_the_last_is_taken(void **state) {
    (void)state;
    struct database_jobs *jobs = NULL;
    assert_int_equal(database_jobs_new(10, &jobs, NULL), MCP_OK);
    for (int round = 0; round < 3; round++) {
        uint64_t one = add(jobs, "a");
        uint64_t two = add(jobs, "b");
        database_jobs_go(jobs, one);
        database_jobs_go(jobs, two);
        expect_next(jobs, DATABASE_NO_SLOT, one);
        expect_next(jobs, DATABASE_NO_SLOT, two);
    }
    database_jobs_free(jobs);
}

static void queue_is_full_at_its_bound(void **state) {
    (void)state;
    struct database_jobs *jobs = NULL;
    struct mcp_err err = {0};
    assert_int_equal(database_jobs_new(2, &jobs, NULL), MCP_OK);
    uint64_t one = add(jobs, "a");
    uint64_t two = add(jobs, "b");
    struct database_job *third = database_job_new(DATABASE_JOB_QUERY, MCP_STR("c"), NULL, NULL);
    assert_int_equal(database_jobs_add(jobs, third, NULL, &err), MCP_E_LIMIT);
    assert_string_equal(err.what, "2 queries are waiting already; try again later");
    database_job_free(third);
    database_jobs_go(jobs, one);
    database_jobs_go(jobs, two);
    expect_next(jobs, DATABASE_NO_SLOT, one);
    assert_int_not_equal(add(jobs, "d"), 0);
    expect_next(jobs, DATABASE_NO_SLOT, two);
    database_jobs_close(jobs);
    expect_next(jobs, DATABASE_NO_SLOT, 3); /* closing lets held ones out, to be failed */
    database_jobs_free(jobs);
}

static void closed_queue_refuses(void **state) {
    (void)state;
    struct database_jobs *jobs = NULL;
    assert_int_equal(database_jobs_new(2, &jobs, NULL), MCP_OK);
    assert_false(database_jobs_is_closed(jobs));
    database_jobs_close(jobs);
    assert_true(database_jobs_is_closed(jobs));
    assert_int_equal(add(jobs, "a"), 0);
    database_jobs_free(jobs);
}

static void cancel_finds_a_job_wherever_it_is(void **state) {
    (void)state;
    struct database_jobs *jobs = NULL;
    assert_int_equal(database_jobs_new(10, &jobs, NULL), MCP_OK);
    uint64_t held = add(jobs, "a");
    uint64_t waiting = add(jobs, "b");
    uint64_t running = add(jobs, "c");
    database_jobs_go(jobs, running);
    struct database_job *job = database_jobs_take(jobs, 5);
    database_jobs_go(jobs, waiting);
    database_jobs_cancel(jobs, 0);
    database_jobs_cancel(jobs, 999);
    assert_null(database_jobs_take_cancelled(jobs));
    assert_false(database_jobs_is_cancelled(jobs, 5));
    database_jobs_cancel(jobs, held);
    database_jobs_cancel(jobs, waiting);
    database_jobs_cancel(jobs, running);
    assert_true(database_jobs_is_cancelled(jobs, 5));
    struct database_job *gone = database_jobs_take_cancelled(jobs);
    assert_int_equal(gone->ticket, waiting);
    database_job_free(gone);
    assert_null(database_jobs_take_cancelled(jobs));
    database_jobs_go(jobs, held);
    gone = database_jobs_take_cancelled(jobs);
    assert_int_equal(gone->ticket, held);
    database_job_free(gone);
    database_jobs_release(jobs, 5);
    assert_false(database_jobs_is_cancelled(jobs, 5));
    database_job_free(job);
    database_jobs_free(jobs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_jobs_wait_and_others_pass_them),
        cmocka_unit_test(order_is_first_in_first_out_after_the_last_is_taken),
        cmocka_unit_test(queue_is_full_at_its_bound),
        cmocka_unit_test(closed_queue_refuses),
        cmocka_unit_test(cancel_finds_a_job_wherever_it_is),
    };
    return cmocka_run_group_tests_name("database.jobs", tests, NULL, NULL);
}
