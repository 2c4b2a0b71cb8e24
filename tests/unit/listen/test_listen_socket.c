/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen/listen_socket.h"

static void port_0_is_any_free_one(void **state) {
    (void)state;
    int fd = -1;
    uint16_t port = 0;
    assert_int_equal(mcp_listen_socket_open("127.0.0.1", 0, &fd, &port, NULL), MCP_OK);
    assert_true(fd >= 0 && port != 0);
    assert_int_equal(close(fd), 0);
}

static void a_port_in_use_says_what_to_do(void **state) {
    (void)state;
    int fd = -1;
    int second = -1;
    uint16_t port = 0;
    uint16_t unused = 0;
    char want[128];
    struct mcp_err err = {0};
    assert_int_equal(mcp_listen_socket_open("127.0.0.1", 0, &fd, &port, NULL), MCP_OK);
    assert_int_equal(mcp_listen_socket_open("127.0.0.1", port, &second, &unused, &err), MCP_E_IO);
    (void)snprintf(want, sizeof want,
                   "port %u is in use: stop the other program or choose another with --port",
                   (unsigned)port);
    assert_string_equal(err.what, want);
    (void)snprintf(want, sizeof want, "127.0.0.1:%u", (unsigned)port);
    assert_string_equal(err.where, want);
    assert_int_equal(err.os_errno, EADDRINUSE);
    assert_int_equal(second, -1);
    assert_int_equal(close(fd), 0);
}

static void an_address_of_another_machine_is_refused(void **state) {
    (void)state;
    int fd = -1;
    uint16_t port = 0;
    struct mcp_err err = {0};
    assert_int_equal(mcp_listen_socket_open("192.0.2.1", 0, &fd, &port, &err), MCP_E_IO);
    assert_non_null(strstr(err.what, "does not have the address"));
}

static void a_name_that_is_none_is_refused(void **state) {
    (void)state;
    int fd = -1;
    uint16_t port = 0;
    struct mcp_err err = {0};
    assert_int_equal(mcp_listen_socket_open("no such name", 0, &fd, &port, &err), MCP_E_IO);
    assert_non_null(strstr(err.what, "\"no such name\" is no address"));
    assert_string_equal(err.where, "no such name:0");
}

static void localhost_and_any_address_work(void **state) {
    (void)state;
    static const char *const hosts[] = {"localhost", "0.0.0.0"};
    for (size_t i = 0; i < 2; i++) {
        int fd = -1;
        uint16_t port = 0;
        assert_int_equal(mcp_listen_socket_open(hosts[i], 0, &fd, &port, NULL), MCP_OK);
        assert_int_not_equal(port, 0);
        assert_int_equal(close(fd), 0);
    }
}

static void ipv6_works_where_there_is_any(void **state) {
    (void)state;
    int fd = -1;
    uint16_t port = 0;
    struct mcp_err err = {0};
    if (mcp_listen_socket_open("::1", 0, &fd, &port, &err) != MCP_OK) {
        assert_int_equal(err.code, MCP_E_IO);
        skip();
    }
    assert_int_not_equal(port, 0);
    assert_int_equal(close(fd), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port_0_is_any_free_one),
        cmocka_unit_test(a_port_in_use_says_what_to_do),
        cmocka_unit_test(an_address_of_another_machine_is_refused),
        cmocka_unit_test(a_name_that_is_none_is_refused),
        cmocka_unit_test(localhost_and_any_address_work),
        cmocka_unit_test(ipv6_works_where_there_is_any),
    };
    return cmocka_run_group_tests_name("listen.listen_socket", tests, NULL, NULL);
}
