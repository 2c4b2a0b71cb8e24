/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "dial/resume.h"
#include "mcp/compiler.h"
#include "vectors.h"

probe_fn probe_resume;

static void the_last_attempt_there_can_be_has_a_delay(void **state) {
    (void)state;
    assert_int_equal(mcp_resume_delay_ms(-1, UINT_MAX, 0), MCP_RESUME_MAX_MS);
    assert_int_equal(mcp_resume_delay_ms(INT64_MAX, 1, 0), MCP_RESUME_MAX_ASKED_MS);
    assert_int_equal(mcp_resume_delay_ms(INT64_MIN, 0, 0), MCP_RESUME_FIRST_MS);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(the_last_attempt_there_can_be_has_a_delay)};
    return vectors_run("dial.resume", probe_resume, more, MCP_COUNT(more));
}
