/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen/reaper.h"
#include "mcp/compiler.h"

static void a_phase_ends_at_its_deadline_not_before(void **state) {
    (void)state;
    struct mcp_reaper reaper;
    struct mcp_reaper_entry entry = {0};
    mcp_reaper_init(&reaper, 50, 100, 600);
    mcp_reaper_enter(&reaper, &entry, MCP_REAPER_HEAD, 1000);
    assert_null(mcp_reaper_next_due(&reaper, 1049));
    assert_ptr_equal(mcp_reaper_next_due(&reaper, 1050), &entry);
    assert_null(mcp_reaper_next_due(&reaper, 9999));
}

static void each_phase_has_its_own_time(void **state) {
    (void)state;
    struct mcp_reaper reaper;
    struct mcp_reaper_entry entries[3] = {0};
    mcp_reaper_init(&reaper, 50, 100, 600);
    mcp_reaper_enter(&reaper, &entries[0], MCP_REAPER_IDLE, 0);
    mcp_reaper_enter(&reaper, &entries[1], MCP_REAPER_BODY, 0);
    mcp_reaper_enter(&reaper, &entries[2], MCP_REAPER_HEAD, 0);
    assert_ptr_equal(mcp_reaper_next_due(&reaper, 50), &entries[2]);
    assert_null(mcp_reaper_next_due(&reaper, 99));
    assert_ptr_equal(mcp_reaper_next_due(&reaper, 100), &entries[1]);
    assert_ptr_equal(mcp_reaper_next_due(&reaper, 600), &entries[0]);
}

static void entering_again_starts_anew(void **state) {
    (void)state;
    struct mcp_reaper reaper;
    struct mcp_reaper_entry entries[3] = {0};
    mcp_reaper_init(&reaper, 50, 100, 600);
    for (size_t i = 0; i < MCP_COUNT(entries); i++)
        mcp_reaper_enter(&reaper, &entries[i], MCP_REAPER_HEAD, i);
    mcp_reaper_enter(&reaper, &entries[1], MCP_REAPER_HEAD, 40);
    assert_ptr_equal(mcp_reaper_next_due(&reaper, 60), &entries[0]);
    assert_ptr_equal(mcp_reaper_next_due(&reaper, 60), &entries[2]);
    assert_null(mcp_reaper_next_due(&reaper, 89));
    assert_ptr_equal(mcp_reaper_next_due(&reaper, 90), &entries[1]);
}

static void no_phase_has_no_deadline(void **state) {
    (void)state;
    struct mcp_reaper reaper;
    struct mcp_reaper_entry entries[2] = {0};
    mcp_reaper_init(&reaper, 50, 100, 600);
    mcp_reaper_enter(&reaper, &entries[0], MCP_REAPER_BODY, 0);
    mcp_reaper_enter(&reaper, &entries[1], MCP_REAPER_BODY, 0);
    mcp_reaper_enter(&reaper, &entries[1], MCP_REAPER_NONE, 0);
    mcp_reaper_enter(&reaper, &entries[0], MCP_REAPER_NONE, 0);
    mcp_reaper_enter(&reaper, &entries[0], MCP_REAPER_NONE, 0);
    assert_null(mcp_reaper_next_due(&reaper, UINT64_MAX));
}

static void wait_is_until_the_next_deadline(void **state) {
    (void)state;
    struct mcp_reaper reaper;
    struct mcp_reaper_entry entries[2] = {0};
    mcp_reaper_init(&reaper, 50, 100, 600);
    assert_int_equal(mcp_reaper_wait(&reaper, 0, 1000), 1000);
    mcp_reaper_enter(&reaper, &entries[0], MCP_REAPER_IDLE, 0);
    mcp_reaper_enter(&reaper, &entries[1], MCP_REAPER_BODY, 0);
    assert_int_equal(mcp_reaper_wait(&reaper, 10, 1000), 90);
    assert_int_equal(mcp_reaper_wait(&reaper, 10, 20), 20);
    assert_int_equal(mcp_reaper_wait(&reaper, 100, 1000), 0);
    assert_int_equal(mcp_reaper_wait(&reaper, 5000, 1000), 0);
}

static void oldest_idle_is_the_first_that_became_so(void **state) {
    (void)state;
    struct mcp_reaper reaper;
    struct mcp_reaper_entry entries[2] = {0};
    mcp_reaper_init(&reaper, 50, 100, 600);
    assert_null(mcp_reaper_oldest_idle(&reaper));
    mcp_reaper_enter(&reaper, &entries[0], MCP_REAPER_HEAD, 0);
    mcp_reaper_enter(&reaper, &entries[1], MCP_REAPER_IDLE, 5);
    mcp_reaper_enter(&reaper, &entries[0], MCP_REAPER_IDLE, 6);
    assert_ptr_equal(mcp_reaper_oldest_idle(&reaper), &entries[1]);
    assert_ptr_equal(mcp_reaper_oldest_idle(&reaper), &entries[0]);
    assert_null(mcp_reaper_oldest_idle(&reaper));
}

static void run_shuts_what_is_due_down_and_leaves_the_rest(void **state) {
    (void)state;
    struct mcp_reaper reaper;
    int due[2];
    int fine[2];
    char byte = 'x';
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, due), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fine), 0);
    struct mcp_reaper_entry entries[2] = {{.socket = due[0]}, {.socket = fine[0]}};
    mcp_reaper_init(&reaper, 50, 100, 600);
    mcp_reaper_enter(&reaper, &entries[0], MCP_REAPER_HEAD, 0);
    mcp_reaper_enter(&reaper, &entries[1], MCP_REAPER_BODY, 0);
    mcp_reaper_run(&reaper, 99);
    assert_int_equal(read(due[1], &byte, 1), 0);
    assert_int_equal(write(fine[1], &byte, 1), 1);
    assert_int_equal(read(fine[0], &byte, 1), 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(close(due[i]), 0);
        assert_int_equal(close(fine[i]), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phase_ends_at_its_deadline_not_before),
        cmocka_unit_test(each_phase_has_its_own_time),
        cmocka_unit_test(entering_again_starts_anew),
        cmocka_unit_test(no_phase_has_no_deadline),
        cmocka_unit_test(wait_is_until_the_next_deadline),
        cmocka_unit_test(oldest_idle_is_the_first_that_became_so),
        cmocka_unit_test(run_shuts_what_is_due_down_and_leaves_the_rest),
    };
    return cmocka_run_group_tests_name("listen.reaper", tests, NULL, NULL);
}
