/* SPDX-License-Identifier: MIT */
#include <locale.h>

#include "json/schema_value.h"
#include "vectors.h"

probe_fn probe_schema_value;

static json_t *nested(size_t depth) {
    json_t *value = json_integer(1);
    for (size_t i = 0; i < depth; i++)
        value = json_pack("[o]", value);
    return value;
}

static void nesting_beyond_the_bound_uses_up_the_steps(void **state) {
    (void)state;
    const size_t depths[] = {MCP_SCHEMA_VALUE_DEPTH - 1, MCP_SCHEMA_VALUE_DEPTH};
    for (size_t i = 0; i < MCP_COUNT(depths); i++) {
        json_auto_t *a = nested(depths[i]);
        json_auto_t *b = nested(depths[i]);
        size_t steps = 1000000;
        bool is_within = depths[i] < MCP_SCHEMA_VALUE_DEPTH;
        assert_int_equal(mcp_schema_equal(a, b, &steps), is_within);
        assert_int_equal(steps > 0, is_within);
        steps = 1000000;
        (void)mcp_schema_hash(a, &steps);
        assert_int_equal(steps > 0, is_within);
    }
}

static void spending_more_than_there_is_leaves_nothing(void **state) {
    (void)state;
    size_t steps = 5;
    assert_true(mcp_schema_spend(&steps, 5));
    assert_int_equal(steps, 0);
    steps = 5;
    assert_false(mcp_schema_spend(&steps, 6));
    assert_int_equal(steps, 0);
}

/* The separator of the C library's numbers changes with the locale; the decimal must not. */
static void decimals_do_not_depend_on_the_locale(void **state) {
    (void)state;
    json_auto_t *value = json_real(19.99);
    json_auto_t *divisor = json_real(0.01);
    static const char *const locales[] = {"C", "de_DE.UTF-8", "fr_FR.UTF-8"};
    for (size_t i = 0; i < MCP_COUNT(locales); i++) {
        (void)setlocale(LC_NUMERIC, locales[i]); /* NOLINT(concurrency-mt-unsafe) */
        struct mcp_schema_decimal decimal = mcp_schema_decimal_of(value);
        assert_int_equal(decimal.digits, 1999);
        assert_int_equal(decimal.exponent, -2);
        assert_true(mcp_schema_is_multiple(decimal, mcp_schema_decimal_of(divisor)));
    }
    (void)setlocale(LC_NUMERIC, "C"); /* NOLINT(concurrency-mt-unsafe) */
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(nesting_beyond_the_bound_uses_up_the_steps),
        cmocka_unit_test(spending_more_than_there_is_leaves_nothing),
        cmocka_unit_test(decimals_do_not_depend_on_the_locale),
    };
    return vectors_run("json.schema_value", probe_schema_value, more, MCP_COUNT(more));
}
