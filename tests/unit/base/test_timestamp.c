/* SPDX-License-Identifier: MIT */
#include "mcp/timestamp.h"
#include "vectors.h"

probe_fn probe_timestamp;

static void formatted_moments_parse_back(void **state) {
    (void)state;
    const int64_t first = -62167219200000;
    const int64_t last = 253402300799999;
    const int64_t step = 86400000LL * 17 + 12345677; /* a prime-ish step visits odd moments */
    for (int64_t moment = first; moment <= last; moment += step) {
        char text[MCP_TIMESTAMP_BYTES];
        int64_t back = 0;
        mcp_timestamp_format(moment, text);
        assert_int_equal(mcp_timestamp_parse(mcp_str_of(text), &back, NULL), MCP_OK);
        if (back != moment)
            fail_msg("%s", text);
    }
}

static void failure_leaves_the_out_parameter_alone(void **state) {
    (void)state;
    int64_t moment = 7;
    assert_int_equal(mcp_timestamp_parse(MCP_STR("2026"), &moment, NULL), MCP_E_SYNTAX);
    assert_int_equal(moment, 7);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(formatted_moments_parse_back),
        cmocka_unit_test(failure_leaves_the_out_parameter_alone),
    };
    return vectors_run("base.timestamp", probe_timestamp, more, MCP_COUNT(more));
}
