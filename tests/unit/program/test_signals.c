/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "program/signals.h"

static void each_signal_is_taken_once(void **state) {
    (void)state;
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    int fd = -1;
    struct mcp_err err = {0};
    mcp_signals_block();
    assert_int_equal(mcp_signals_open(&fd, &err), MCP_OK);
    assert_int_equal(mcp_signals_take(fd), 0);
    for (size_t i = 0; i < MCP_COUNT(numbers); i++) {
        assert_int_equal(kill(getpid(), numbers[i]), 0);
        assert_int_equal(mcp_signals_take(fd), numbers[i]);
        assert_int_equal(mcp_signals_take(fd), 0);
    }
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    (void)close(fd);
}

static void a_closed_reader_is_an_error_not_a_death(void **state) {
    (void)state;
    int ends[2];
    mcp_signals_block();
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    (void)close(ends[1]);
}

static void after_restore_a_signal_ends_the_process(void **state) {
    (void)state;
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < MCP_COUNT(numbers); i++) {
        pid_t child = fork();
        if (child == 0) {
            mcp_signals_block();
            mcp_signals_restore();
            (void)kill(getpid(), numbers[i]);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), numbers[i]);
    }
}

static void without_descriptors_it_is_an_io_error(void **state) {
    (void)state;
    struct rlimit former;
    int fd = -7;
    struct mcp_err err = {0};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &former), 0);
    struct rlimit none = {0, former.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum mcp_code code = mcp_signals_open(&fd, &err);
    enum mcp_code silent = mcp_signals_open(&fd, NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &former), 0);
    assert_int_equal(code, MCP_E_IO);
    assert_int_equal(silent, MCP_E_IO);
    assert_int_equal(err.os_errno, EMFILE);
    assert_int_equal(fd, -7);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_signal_is_taken_once),
                                       cmocka_unit_test(a_closed_reader_is_an_error_not_a_death),
                                       cmocka_unit_test(after_restore_a_signal_ends_the_process),
                                       cmocka_unit_test(without_descriptors_it_is_an_io_error)};
    return cmocka_run_group_tests_name("program.signals", tests, NULL, NULL);
}
