/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mcp/alloc.h"
#include "mcp/compiler.h"

static void fresh_memory_is_zero(void **state) {
    (void)state;
    char *bytes = mcp_alloc(64);
    assert_non_null(bytes);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(bytes[i], 0);
    mcp_free(bytes);
}

static void no_bytes_are_still_a_pointer(void **state) {
    (void)state;
    void *bytes = mcp_alloc(0);
    assert_non_null(bytes);
    bytes = mcp_realloc(bytes, 0);
    assert_non_null(bytes);
    mcp_free(bytes);
}

static void free_accepts_null(void **state) {
    (void)state;
    mcp_free(NULL);
}

static void freep_clears_the_pointer(void **state) {
    (void)state;
    char *text = mcp_strdup("x");
    mcp_freep(&text);
    assert_null(text);
    mcp_freep(&text);
    char *gone MCP_AUTO(mcp_freep) = mcp_strdup("freed at the end of the scope");
    assert_non_null(gone);
}

static void copies_of_text(void **state) {
    (void)state;
    char *whole = mcp_strdup("abc");
    char *part = mcp_strndup("abc", 2);
    char *none = mcp_strndup("", 0);
    assert_string_equal(whole, "abc");
    assert_string_equal(part, "ab");
    assert_string_equal(none, "");
    assert_null(mcp_strdup(NULL));
    assert_null(mcp_strndup(NULL, 3));
    assert_null(mcp_strndup("a", SIZE_MAX));
    mcp_free(whole);
    mcp_free(part);
    mcp_free(none);
}

static void budget_counts_the_sum_asked_for(void **state) {
    (void)state;
    mcp_alloc_budget_begin(100);
    void *first = mcp_alloc(60);
    mcp_free(first); /* what is given back does not count */
    void *exact = mcp_alloc(40);
    assert_non_null(first);
    assert_non_null(exact);
    assert_null(mcp_alloc(1));
    assert_null(mcp_realloc(exact, 1));
    assert_null(mcp_strdup("x"));
    mcp_free(exact);
    mcp_alloc_budget_end();
    void *after = mcp_alloc(1000);
    assert_non_null(after);
    mcp_free(after);
}

static void budget_one_byte_short(void **state) {
    (void)state;
    mcp_alloc_budget_begin(99);
    void *refused = mcp_alloc(100);
    void *fits = mcp_alloc(99);
    mcp_alloc_budget_end();
    assert_null(refused);
    assert_non_null(fits);
    mcp_free(fits);
}

static void a_refused_realloc_keeps_the_old(void **state) {
    (void)state;
    char *text = mcp_strdup("kept");
    mcp_alloc_budget_begin(3);
    assert_null(mcp_realloc(text, 100));
    mcp_alloc_budget_end();
    assert_string_equal(text, "kept");
    mcp_free(text);
}

static void refusals_are_counted(void **state) {
    (void)state;
    size_t before = mcp_alloc_refusals();
    mcp_free(mcp_alloc(8));
    assert_int_equal(mcp_alloc_refusals(), before);
    mcp_alloc_budget_begin(0);
    assert_null(mcp_alloc(1));
    assert_null(mcp_alloc(1));
    mcp_alloc_budget_end();
    assert_int_equal(mcp_alloc_refusals(), before + 2);
}

static void *refuse(void *old, size_t bytes, void *user) {
    (void)old;
    *(size_t *)user = bytes;
    return NULL;
}

static void ignore(void *old, void *user) {
    (void)old;
    (void)user;
}

static void installed_allocator_is_asked(void **state) {
    (void)state;
    size_t asked = 0;
    mcp_alloc_install(&(struct mcp_allocator){refuse, ignore, &asked});
    void *refused = mcp_alloc(77);
    mcp_alloc_install(NULL);
    assert_null(refused);
    assert_int_equal(asked, 77);
    void *given = mcp_alloc(1);
    assert_non_null(given);
    mcp_free(given);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_memory_is_zero),  cmocka_unit_test(no_bytes_are_still_a_pointer),
        cmocka_unit_test(free_accepts_null),     cmocka_unit_test(freep_clears_the_pointer),
        cmocka_unit_test(copies_of_text),        cmocka_unit_test(budget_counts_the_sum_asked_for),
        cmocka_unit_test(budget_one_byte_short), cmocka_unit_test(a_refused_realloc_keeps_the_old),
        cmocka_unit_test(refusals_are_counted),  cmocka_unit_test(installed_allocator_is_asked),
    };
    return cmocka_run_group_tests_name("base.alloc", tests, NULL, NULL);
}
