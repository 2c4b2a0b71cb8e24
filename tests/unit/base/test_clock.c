/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "mcp/clock.h"

static uint64_t fixed_monotonic(void *user) {
    return *(const uint64_t *)user;
}

static int64_t fixed_wall(void *user) {
    (void)user;
    return -5;
}

static void installed_clock_is_read(void **state) {
    (void)state;
    uint64_t now = 123;
    mcp_clock_install(&(struct mcp_clock){fixed_monotonic, fixed_wall, &now});
    uint64_t monotonic = mcp_clock_now_ms();
    uint64_t fine = mcp_clock_now_us();
    int64_t wall = mcp_clock_wall_ms();
    mcp_clock_install(NULL);
    assert_int_equal(monotonic, 123);
    assert_int_equal(fine, monotonic * 1000);
    assert_int_equal(wall, -5);
}

static void system_clock_never_goes_back(void **state) {
    (void)state;
    uint64_t last = mcp_clock_now_ms();
    for (int i = 0; i < 100000; i++) {
        uint64_t now = mcp_clock_now_ms();
        assert_true(now >= last);
        last = now;
    }
}

static void microseconds_are_of_the_same_clock(void **state) {
    (void)state;
    uint64_t before = mcp_clock_now_ms();
    uint64_t fine = mcp_clock_now_us();
    uint64_t after = mcp_clock_now_ms();
    assert_in_range(fine / 1000, before, after);
}

static void wall_time_is_the_systems(void **state) {
    (void)state;
    int64_t before = (int64_t)time(NULL) * 1000;
    int64_t wall = mcp_clock_wall_ms();
    assert_true(wall >= before - 1000 && wall < before + 60000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(installed_clock_is_read),
        cmocka_unit_test(system_clock_never_goes_back),
        cmocka_unit_test(microseconds_are_of_the_same_clock),
        cmocka_unit_test(wall_time_is_the_systems),
    };
    return cmocka_run_group_tests_name("base.clock", tests, NULL, NULL);
}
