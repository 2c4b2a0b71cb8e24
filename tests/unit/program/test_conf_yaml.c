/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_conf_yaml;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("program.conf_yaml", probe_conf_yaml);
}

/* Stream, document and sequence take six events beside the scalars. */
static size_t parsed_items(size_t count, struct mcp_err *err) {
    json_auto_t *in =
        json_pack("{s:[s, {s:s, s:i}, s]}", "text", "[", "repeat", "1,", "times", (int)count, "]");
    json_auto_t *out = NULL;
    (void)probe_conf_yaml(in, &out, err);
    return json_array_size(out);
}

static void events_are_bounded(void **state) {
    (void)state;
    struct mcp_err err = {0};
    assert_int_equal(parsed_items(49993, &err), 49993);
    assert_int_equal(parsed_items(49994, &err), 49994);
    assert_int_equal(parsed_items(49995, &err), 0);
    assert_int_equal(err.code, MCP_E_LIMIT);
}

static size_t expanded_bytes(size_t count, struct mcp_err *err) {
    json_auto_t *in = json_pack("{s:s, s:[[s, {s:s, s:i}]]}", "expand", "${A}", "env",
                                "A=", "repeat", "x", "times", (int)count);
    json_auto_t *out = NULL;
    (void)probe_conf_yaml(in, &out, err);
    return json_string_length(out);
}

static void expansion_is_bounded(void **state) {
    (void)state;
    struct mcp_err err = {0};
    assert_int_equal(expanded_bytes(65535, &err), 65535);
    assert_int_equal(expanded_bytes(65536, &err), 65536);
    assert_int_equal(expanded_bytes(65537, &err), 0);
    assert_int_equal(err.code, MCP_E_LIMIT);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(events_are_bounded),
                                      cmocka_unit_test(expansion_is_bounded),
                                      cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("program.conf_yaml", probe_conf_yaml, more, MCP_COUNT(more));
}
