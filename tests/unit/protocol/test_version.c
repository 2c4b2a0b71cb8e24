/* SPDX-License-Identifier: MIT */
#include "mcp/version.h"
#include "vectors.h"

probe_fn probe_version;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.version", probe_version);
}

static void every_revision_has_a_row_that_names_itself(void **state) {
    (void)state;
    for (int i = MCP_VERSION_OLDEST; i <= MCP_VERSION_NEWEST; i++) {
        assert_int_equal(mcp_version_info((enum mcp_version)i)->version, i);
        assert_int_equal(mcp_version_parse(mcp_str_of(mcp_version_text((enum mcp_version)i))), i);
    }
    assert_string_equal(mcp_version_text((enum mcp_version)99), "");
    assert_string_equal(mcp_version_text(MCP_VERSION_NONE), "");
    assert_int_equal(mcp_version_parse((struct mcp_str){NULL, 0}), MCP_VERSION_NONE);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(every_revision_has_a_row_that_names_itself)};
    return vectors_run("protocol.version", probe_version, more, MCP_COUNT(more));
}
