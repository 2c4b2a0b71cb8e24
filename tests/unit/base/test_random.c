/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/random.h"

static void ids_are_hexadecimal_and_differ(void **state) {
    (void)state;
    char first[33] = "";
    char second[33] = "";
    assert_int_equal(mcp_random_id(first, NULL), MCP_OK);
    assert_int_equal(mcp_random_id(second, NULL), MCP_OK);
    assert_int_equal(strspn(first, "0123456789abcdef"), 32);
    assert_string_not_equal(first, second);
}

static void large_requests_are_filled_whole(void **state) {
    (void)state;
    static unsigned char bytes[100000];
    assert_int_equal(mcp_random_fill(bytes, sizeof bytes, NULL), MCP_OK);
    size_t zeros = 0;
    for (size_t i = sizeof bytes - 1000; i < sizeof bytes; i++)
        zeros += bytes[i] == 0 ? 1 : 0;
    assert_true(zeros < 100);
    assert_int_equal(mcp_random_fill(bytes, 0, NULL), MCP_OK);
}

static void system_refusal_is_an_io_error(void **state) {
    (void)state;
    struct mcp_err err = {0};
    void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(nowhere, MAP_FAILED); /* the kernel answers EFAULT */
    assert_int_equal(mcp_random_fill(nowhere, 8, &err), MCP_E_IO);
    assert_int_equal(err.os_errno, EFAULT);
    assert_int_equal(mcp_random_fill(nowhere, 8, NULL), MCP_E_IO);
    assert_int_equal(munmap(nowhere, 4096), 0);
}

static enum mcp_code count_up(void *out, size_t len, void *user, struct mcp_err *err) {
    (void)err;
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)out)[i] = (unsigned char)(*(unsigned *)user)++;
    return MCP_OK;
}

static enum mcp_code refuse(void *out, size_t len, void *user, struct mcp_err *err) {
    (void)out;
    (void)len;
    (void)user;
    return MCP_FAIL(err, MCP_E_IO, "no");
}

static void installed_source_is_used(void **state) {
    (void)state;
    unsigned next = 0xF8;
    char id[33] = "untouched";
    mcp_random_install(refuse, NULL);
    enum mcp_code refused = mcp_random_id(id, NULL);
    assert_string_equal(id, "untouched");
    mcp_random_install(count_up, &next);
    enum mcp_code given = mcp_random_id(id, NULL);
    mcp_random_install(NULL, NULL);
    assert_int_equal(refused, MCP_E_IO);
    assert_int_equal(given, MCP_OK);
    assert_string_equal(id, "f8f9fafbfcfdfeff0001020304050607");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_hexadecimal_and_differ),
        cmocka_unit_test(large_requests_are_filled_whole),
        cmocka_unit_test(system_refusal_is_an_io_error),
        cmocka_unit_test(installed_source_is_used),
    };
    return cmocka_run_group_tests_name("base.random", tests, NULL, NULL);
}
