/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mcp/compiler.h"
#include "program/systemd.h"

struct given {
    long pid; /* 0: of this process */
    const char *pid_text;
    const char *fds;
};

/* In a child, whose descriptors from 3 on are ours to make: exit 0 when `check` holds. */
static bool holds(const struct given *given, bool (*check)(void)) {
    pid_t pid = fork();
    if (pid == 0) {
        char text[32];
        (void)snprintf(text, sizeof text, "%ld", given->pid != 0 ? given->pid : (long)getpid());
        for (int fd = 3; fd < 8; fd++)
            (void)dup2(STDERR_FILENO, fd);
        (void)setenv("LISTEN_PID", given->pid_text != NULL ? given->pid_text : text, 1);
        if (given->fds != NULL)
            (void)setenv("LISTEN_FDS", given->fds, 1);
        else
            (void)unsetenv("LISTEN_FDS");
        _exit(check() ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool takes_one(void) {
    size_t count = 0;
    bool is_taken = mcp_systemd_take_socket(&count) == 3 && count == 1;
    bool is_kept_from_children = (fcntl(3, F_GETFD) & FD_CLOEXEC) != 0;
    bool is_forgotten = getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDS") == NULL;
    bool is_once = mcp_systemd_take_socket(&count) == 0 && count == 0;
    return is_taken && is_kept_from_children && is_forgotten && is_once && fcntl(4, F_GETFD) >= 0;
}

static bool takes_the_first_of_three(void) {
    size_t count = 0;
    return mcp_systemd_take_socket(&count) == 3 && count == 3 && fcntl(3, F_GETFD) >= 0 &&
           fcntl(4, F_GETFD) < 0 && fcntl(5, F_GETFD) < 0 && fcntl(6, F_GETFD) >= 0;
}

static bool takes_none(void) {
    size_t count = 7;
    return mcp_systemd_take_socket(&count) == 0 && count == 0 && fcntl(3, F_GETFD) >= 0 &&
           getenv("LISTEN_PID") == NULL;
}

static void a_socket_for_this_process_is_taken_once(void **state) {
    (void)state;
    const struct given one = {.fds = "1"};
    const struct given three = {.fds = "3"};
    assert_true(holds(&one, takes_one));
    assert_true(holds(&three, takes_the_first_of_three));
}

static void what_is_not_for_this_process_is_left(void **state) {
    (void)state;
    static const struct given others[] = {
        {.pid = 1, .fds = "1"},
        {.fds = NULL},
        {.fds = "0"},
        {.fds = "-1"},
        {.fds = "one"},
        {.fds = ""},
        {.pid_text = "", .fds = "1"},
        {.fds = "1x"},
        {.fds = "99999999999999999999999"},
    };
    for (size_t i = 0; i < MCP_COUNT(others); i++)
        if (!holds(&others[i], takes_none))
            fail_msg("row %zu", i);
}

static int bind_at(const char *name, size_t len) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, len);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    return fd;
}

static void expect_told(int fd) {
    char text[64] = "";
    assert_true(mcp_systemd_notify("READY=1"));
    assert_int_equal(recv(fd, text, sizeof text, MSG_DONTWAIT), 7);
    assert_string_equal(text, "READY=1");
    (void)close(fd);
}

static void the_manager_is_told_by_a_file_or_an_abstract_name(void **state) {
    (void)state;
    char name[64];
    (void)snprintf(name, sizeof name, "/tmp/mcp-notify-%d", (int)getpid());
    int fd = bind_at(name, strlen(name));
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    expect_told(fd);
    assert_int_equal(unlink(name), 0);
    assert_false(mcp_systemd_notify("READY=1")); /* nobody is there any more */
    (void)snprintf(name, sizeof name, "@mcp-notify-%d", (int)getpid());
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    name[0] = '\0';
    expect_told(bind_at(name, 1 + strlen(name + 1)));
}

static void without_a_manager_nothing_happens(void **state) {
    (void)state;
    char name[128];
    memset(name, 'x', sizeof name);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    const char *const bad[] = {"", "/", "relative", "vsock:2:1", name};
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_false(mcp_systemd_notify("READY=1"));
    for (size_t i = 0; i < MCP_COUNT(bad); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", bad[i], 1), 0);
        assert_false(mcp_systemd_notify("READY=1"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_for_this_process_is_taken_once),
        cmocka_unit_test(what_is_not_for_this_process_is_left),
        cmocka_unit_test(the_manager_is_told_by_a_file_or_an_abstract_name),
        cmocka_unit_test(without_a_manager_nothing_happens),
    };
    return cmocka_run_group_tests_name("program.systemd", tests, NULL, NULL);
}
