/* SPDX-License-Identifier: MIT */
/* What a sandboxed process can no longer do, seen from outside: a child tries and tells. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "database/sandbox.h"
#include "under_valgrind.h"

/* Each returns 0 when the attempt was refused as it must be. */
typedef int(attempt_fn)(void);

static int refused(long result) {
    return result < 0 && errno == EPERM ? 0 : 1;
}

static int open_a_file(void) {
    return refused(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int create_a_file(void) {
    return refused(open("/tmp/mcp-sandbox-attack", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static int make_a_socket(void) {
    return refused(socket(AF_INET, SOCK_STREAM, 0));
}

static int start_a_process(void) {
    char name[] = "/bin/true";
    char *argv[] = {name, NULL};
    return refused(execv(name, argv));
}

static int map_executable_memory(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED && errno == EPERM ? 0 : 1;
}

static int make_memory_executable(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return 1;
    int answer = refused(mprotect(page, 4096, PROT_READ | PROT_EXEC));
    return munmap(page, 4096) == 0 ? answer : 1;
}

static int wait_for_a_socket(void) {
    struct pollfd none = {-1, POLLIN, 0};
    return poll(&none, 1, 0) == 0 ? 0 : 1;
}

static int connect_again(void) {
    struct sockaddr somewhere = {.sa_family = AF_INET};
    return refused(connect(0, &somewhere, sizeof somewhere));
}

static int wait_in_vain(void) {
    struct pollfd none = {-1, POLLIN, 0};
    return refused(poll(&none, 1, 0));
}

static int remove_a_file(void) {
    return refused(unlink("/tmp/mcp-sandbox-none"));
}

static int signal_another_process(void) {
    return refused(kill(getppid(), 0)) == 0 || errno == EPERM ? 0 : 1;
}

static int compute_and_allocate(void) {
    char *memory = malloc(1 << 20);
    if (memory == NULL)
        return 1;
    *(volatile char *)(memory + 12345) = 1;
    free(memory);
    return 0;
}

static int local_time_is_still_known(void) {
    struct tm out;
    time_t now = time(NULL);
    return localtime_r(&now, &out) != NULL ? 0 : 1;
}

/* A sanitizer's runtime, and valgrind, need calls that the sandbox refuses, so there these skip,
 * saying so; the gcc build runs the real thing. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { HAS_SANITIZER = 1 };
#else
enum { HAS_SANITIZER = 0 };
#endif

static void skip_when_checked(void) {
    if (!HAS_SANITIZER && !is_under_valgrind())
        return;
    print_message("skipped: what checks this process does not survive the sandbox\n");
    skip();
}

/* The child answers with its exit code: 100 when the sandbox itself failed. */
static int in_a_sandbox(enum mcp_code (*enter)(size_t, struct mcp_err *), attempt_fn *attempt) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        struct mcp_err err = {0};
        if (enter((size_t)512 << 20, &err) != MCP_OK)
            _exit(100);
        _exit(attempt());
    }
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

static int in_the_sandbox(attempt_fn *attempt) {
    return in_a_sandbox(database_sandbox_enter, attempt);
}

static void one_connection_is_kept_and_no_other_made(void **state) {
    (void)state;
    skip_when_checked();
    attempt_fn *const attempts[] = {wait_for_a_socket, make_a_socket,         connect_again,
                                    open_a_file,       start_a_process,       create_a_file,
                                    remove_a_file,     make_memory_executable};
    for (size_t i = 0; i < MCP_COUNT(attempts); i++)
        assert_int_equal(in_a_sandbox(database_sandbox_enter_connected, attempts[i]), 0);
    assert_int_equal(in_the_sandbox(wait_in_vain), 0);
}

static void everything_but_computing_is_refused(void **state) {
    (void)state;
    skip_when_checked();
    static const struct {
        const char *name;
        attempt_fn *attempt;
    } attempts[] = {
        {"open a file", open_a_file},
        {"create a file", create_a_file},
        {"make a socket", make_a_socket},
        {"start a process", start_a_process},
        {"map executable memory", map_executable_memory},
        {"make memory executable", make_memory_executable},
        {"remove a file", remove_a_file},
        {"signal another process", signal_another_process},
        {"compute and allocate", compute_and_allocate},
        {"local time", local_time_is_still_known},
    };
    for (size_t i = 0; i < MCP_COUNT(attempts); i++) {
        int code = in_the_sandbox(attempts[i].attempt);
        if (code != 0)
            print_error("%s: %d\n", attempts[i].name, code);
        assert_int_equal(code, 0);
    }
    assert_int_not_equal(access("/tmp/mcp-sandbox-attack", F_OK), 0);
}

static int limits_hold(void) {
    struct rlimit bound;
    if (getrlimit(RLIMIT_CORE, &bound) != 0)
        return errno == EPERM ? 0 : 1; /* even asking is refused */
    return 1;
}

static void the_process_may_not_even_ask_for_its_limits(void **state) {
    (void)state;
    skip_when_checked();
    assert_int_equal(in_the_sandbox(limits_hold), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_but_computing_is_refused),
        cmocka_unit_test(one_connection_is_kept_and_no_other_made),
        cmocka_unit_test(the_process_may_not_even_ask_for_its_limits),
    };
    return cmocka_run_group_tests_name("database.sandbox", tests, NULL, NULL);
}
