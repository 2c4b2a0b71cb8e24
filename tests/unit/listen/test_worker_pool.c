/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "listen/worker_pool.h"
#include "torture.h"
#include "under_valgrind.h"

static atomic_size_t done;

static void count(void *arg) {
    (void)arg;
    atomic_fetch_add(&done, 1);
}

struct gate {
    sem_t entered;
    sem_t open;
};

static void pass_gate(void *arg) {
    struct gate *gate = arg;
    (void)sem_post(&gate->entered);
    (void)sem_wait(&gate->open);
    atomic_fetch_add(&done, 1);
}

static void every_job_runs_once(void **state) {
    (void)state;
    struct mcp_worker_pool *pool = NULL;
    atomic_store(&done, 0);
    assert_int_equal(mcp_worker_pool_start(4, 1000, &pool, NULL), MCP_OK);
    struct mcp_executor executor = mcp_worker_pool_executor(pool);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(executor.submit(executor.user, count, NULL, NULL), MCP_OK);
    mcp_worker_pool_stop(pool);
    assert_int_equal(atomic_load(&done), 1000);
}

static void a_full_queue_refuses_and_says_how_long_it_is(void **state) {
    (void)state;
    struct mcp_worker_pool *pool = NULL;
    struct gate gate;
    struct mcp_err err = {0};
    atomic_store(&done, 0);
    assert_int_equal(sem_init(&gate.entered, 0, 0), 0);
    assert_int_equal(sem_init(&gate.open, 0, 0), 0);
    assert_int_equal(mcp_worker_pool_start(1, 3, &pool, NULL), MCP_OK);
    assert_int_equal(mcp_worker_pool_submit(pool, pass_gate, &gate, NULL), MCP_OK);
    (void)sem_wait(&gate.entered); /* taken: the queue is empty now */
    for (int i = 0; i < 3; i++)
        assert_int_equal(mcp_worker_pool_submit(pool, count, NULL, NULL), MCP_OK);
    assert_int_equal(mcp_worker_pool_submit(pool, count, NULL, &err), MCP_E_LIMIT);
    assert_string_equal(err.what, "3 calls wait for a worker");
    (void)sem_post(&gate.open);
    mcp_worker_pool_stop(pool);
    assert_int_equal(atomic_load(&done), 4);
    (void)sem_destroy(&gate.entered);
    (void)sem_destroy(&gate.open);
}

static void jobs_run_side_by_side(void **state) {
    (void)state;
    struct mcp_worker_pool *pool = NULL;
    struct gate gate;
    assert_int_equal(sem_init(&gate.entered, 0, 0), 0);
    assert_int_equal(sem_init(&gate.open, 0, 0), 0);
    assert_int_equal(mcp_worker_pool_start(3, 8, &pool, NULL), MCP_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(mcp_worker_pool_submit(pool, pass_gate, &gate, NULL), MCP_OK);
    for (int i = 0; i < 3; i++)
        (void)sem_wait(&gate.entered); /* all three are inside at once */
    for (int i = 0; i < 3; i++)
        (void)sem_post(&gate.open);
    mcp_worker_pool_stop(pool);
    (void)sem_destroy(&gate.entered);
    (void)sem_destroy(&gate.open);
}

struct late {
    struct mcp_worker_pool *pool;
    enum mcp_code code;
};

/* Runs while stop waits for it: what it submits is refused. */
static void submit_late(void *arg) {
    struct late *late = arg;
    do {
        late->code = mcp_worker_pool_submit(late->pool, count, NULL, NULL);
    } while (late->code != MCP_E_STATE);
}

static void a_stopping_pool_refuses(void **state) {
    (void)state;
    struct late late = {0};
    assert_int_equal(mcp_worker_pool_start(2, 1024, &late.pool, NULL), MCP_OK);
    assert_int_equal(mcp_worker_pool_submit(late.pool, submit_late, &late, NULL), MCP_OK);
    mcp_worker_pool_stop(late.pool);
    assert_int_equal(late.code, MCP_E_STATE);
}

static void bounds_of_threads_and_queue(void **state) {
    (void)state;
    static const struct {
        size_t threads;
        size_t queue;
        enum mcp_code code;
    } rows[] = {
        {0, 1, MCP_E_INVALID},   {1, 0, MCP_E_INVALID}, {1, 1, MCP_OK},
        {257, 1, MCP_E_INVALID}, {256, 1, MCP_OK},      {1, 65537, MCP_E_INVALID},
        {1, 65536, MCP_OK},      {255, 65535, MCP_OK},
    };
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        struct mcp_worker_pool *pool = NULL;
        if (is_under_valgrind() && rows[i].threads > 16 && rows[i].code == MCP_OK)
            continue; /* a stack each that valgrind maps and shadows: twenty seconds a row */
        assert_int_equal(mcp_worker_pool_start(rows[i].threads, rows[i].queue, &pool, NULL),
                         rows[i].code);
        assert_int_equal(pool != NULL, rows[i].code == MCP_OK);
        mcp_worker_pool_stop(pool);
    }
    mcp_worker_pool_stop(NULL);
}

static enum mcp_code start_and_stop(void *user, struct mcp_err *err) {
    (void)user;
    struct mcp_worker_pool *pool = NULL;
    MCP_TRY(mcp_worker_pool_start(2, 2, &pool, err));
    mcp_worker_pool_stop(pool);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(start_and_stop, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once),
        cmocka_unit_test(a_full_queue_refuses_and_says_how_long_it_is),
        cmocka_unit_test(jobs_run_side_by_side),
        cmocka_unit_test(a_stopping_pool_refuses),
        cmocka_unit_test(bounds_of_threads_and_queue),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("listen.worker_pool", tests, NULL, NULL);
}
