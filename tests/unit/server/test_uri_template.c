/* SPDX-License-Identifier: MIT */
#include "server/uri_template.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_uri_template;

static enum mcp_code match_two(void *user, struct mcp_err *err) {
    (void)user;
    struct mcp_uri_template parsed;
    json_auto_t *values = NULL;
    MCP_TRY(mcp_uri_template_parse(MCP_STR("x://{a}/{b}"), &parsed, err));
    return mcp_uri_template_match(&parsed, MCP_STR("x://1/%41"), &values, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(match_two, NULL);
}

static void knows_its_variables(void **state) {
    (void)state;
    struct mcp_uri_template parsed;
    assert_int_equal(mcp_uri_template_parse(MCP_STR("x://{a}/b"), &parsed, NULL), MCP_OK);
    assert_true(mcp_uri_template_has(&parsed, MCP_STR("a")));
    assert_false(mcp_uri_template_has(&parsed, MCP_STR("b")));
    assert_false(mcp_uri_template_has(&parsed, MCP_STR("")));
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(knows_its_variables)};
    return vectors_run("server.uri_template", probe_uri_template, more, MCP_COUNT(more));
}
