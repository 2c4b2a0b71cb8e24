/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "oauth/fault.h"
#include "vectors.h"

/* As mcp_authority asks of what it is told: it becomes part of a header. */
static void every_fault_has_one_plain_line(void **state) {
    (void)state;
    for (int i = OAUTH_OK; i <= OAUTH_SCOPE; i++) {
        const char *text = oauth_fault_text((enum oauth_fault)i);
        assert_true(strlen(text) > 0 && strlen(text) < 128);
        for (const char *at = text; *at != '\0'; at++)
            assert_true(*at >= 0x20 && *at < 0x7F && *at != '"' && *at != '\\');
    }
}

static void every_fault_has_a_name_of_its_own(void **state) {
    (void)state;
    for (int i = OAUTH_OK; i <= OAUTH_SCOPE; i++) {
        const char *name = oauth_fault_name((enum oauth_fault)i);
        assert_memory_equal(name, "OAUTH_", 6);
        for (int j = OAUTH_OK; j < i; j++)
            assert_string_not_equal(name, oauth_fault_name((enum oauth_fault)j));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_fault_has_one_plain_line),
                                       cmocka_unit_test(every_fault_has_a_name_of_its_own)};
    return cmocka_run_group_tests_name("oauth.fault", tests, NULL, NULL);
}
