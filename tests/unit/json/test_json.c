/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/json.h"
#include "torture.h"
#include "under_valgrind.h"
#include "vectors.h"

probe_fn probe_json;

/* user: the text of the case's "in". Cases are made outside the count of allocations. */
static enum mcp_code run_case(void *user, struct mcp_err *err) {
    json_t *out = NULL;
    MCP_TRY(probe_json(user, &out, err));
    json_decref(out);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    static const char *const cases[] = {
        "{\"parse\": \"{\\\"a\\\":[1,2.5,\\\"a text of forty bytes grows a buffer..\\\",null]}\"}",
        "{\"pretty\": \"{\\\"a\\\":[1,{}]}\"}",
        "{\"string\": \"a\\u2028b\"}",
        "{\"real\": 0.3333333333333333}",
        "{\"get\": \"string\", \"of\": {\"a\": \"x\"}, \"key\": \"a\"}",
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        json_t *in = json_loads(cases[i], 0, NULL);
        assert_non_null(in);
        torture_run(run_case, in);
        json_decref(in);
    }
}

static void failure_leaves_the_out_parameter_alone(void **state) {
    (void)state;
    json_t *root = NULL;
    assert_int_equal(mcp_json_parse(MCP_STR("["), &root, NULL), MCP_E_SYNTAX);
    assert_null(root);
    assert_int_equal(mcp_json_parse((struct mcp_str){NULL, 0}, &root, NULL), MCP_E_SYNTAX);
}

static void budget_refusal_is_not_a_syntax_error(void **state) {
    (void)state;
    static const char text[] = "{\"a\": [1, \"bb\", {\"c\": null}], \"d\": 1.5}";
    enum mcp_code code = MCP_E_NOMEM;
    for (size_t budget = 0; code != MCP_OK; budget += 8) {
        MCP_AUTO(mcp_json_decref) json_t *root = NULL;
        mcp_alloc_budget_begin(budget);
        code = mcp_json_parse(MCP_STR(text), &root, NULL);
        mcp_alloc_budget_end();
        assert_true(code == MCP_OK || code == MCP_E_NOMEM);
        assert_true(budget < 100000);
    }
}

static void nothing_has_a_name_and_no_bytes(void **state) {
    (void)state;
    assert_string_equal(mcp_json_type_name(NULL), "nothing");
    assert_int_equal(mcp_json_str(NULL).len, 0);
    json_t *number = json_integer(1);
    assert_int_equal(mcp_json_str(number).len, 0);
    json_decref(number);
    json_t *nothing = NULL;
    mcp_json_decref(&nothing);
}

static void key_too_long_for_where_is_cut(void **state) {
    (void)state;
    char key[300];
    memset(key, 'k', sizeof key);
    key[sizeof key - 1] = '\0';
    struct mcp_err err = {0};
    const char *text = NULL;
    assert_int_equal(mcp_json_get_string(NULL, key, &text, &err), MCP_E_SCHEMA);
    assert_true(strlen(err.where) < sizeof err.where);
    assert_null(text);
}

static void writing_appends_and_remembers_refusals(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(8);
    MCP_AUTO(mcp_json_decref) json_t *list = json_pack("[i, i]", 1, 2);
    mcp_buf_add(&out, MCP_STR("> "));
    assert_int_equal(mcp_json_write(list, &out, NULL), MCP_OK);
    assert_string_equal(out.data, "> [1,2]");
    assert_int_equal(mcp_json_write_pretty(list, &out, NULL), MCP_E_LIMIT);
    assert_int_equal(mcp_json_write(list, &out, NULL), MCP_E_LIMIT);
}

static void reals_do_not_follow_the_locale(void **state) {
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
    size_t tried = 0;
    for (size_t i = 0; i < MCP_COUNT(names); i++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(100);
        locale_t locale = newlocale(LC_NUMERIC_MASK, names[i], (locale_t)0);
        if (locale == (locale_t)0)
            continue; /* not installed here */
        tried++;
        locale_t before = uselocale(locale);
        mcp_json_add_real(&out, 1.0 / 3);
        mcp_buf_addc(&out, ' ');
        mcp_json_add_real(&out, 0.5);
        (void)uselocale(before);
        freelocale(locale);
        assert_string_equal(out.data, "0.3333333333333333 0.5");
    }
    if (tried == 0)
        skip(); /* no locale with another decimal point: nothing was shown */
}

/* Every double of a spread-out heap reads back, and no printed form is shorter. */
static void reals_are_shortest_and_read_back(void **state) {
    (void)state;
    const int count = is_under_valgrind() ? 3000 : 300000;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(100);
    uint64_t bits = 88172645463325252U;
    for (int i = 0; i < count; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double value = 0;
        if (i % 3 == 0)
            memcpy(&value, &bits, sizeof value);
        else
            value = (double)(bits % 100000000) / (i % 3 == 1 ? 100 : 4096);
        if (!isfinite(value))
            continue;
        mcp_buf_clear(&out);
        mcp_json_add_real(&out, value);
        char shorter[64];
        int precision = 1;
        do
            (void)snprintf(shorter, sizeof shorter, "%.*g", precision++, value);
        while (strtod(shorter, NULL) != value);
        if (strtod(out.data, NULL) != value || out.len > strlen(shorter) + 4)
            fail_msg("%s for %s", out.data, shorter);
    }
}

int main(void) {
    mcp_json_use_allocator();
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(failure_leaves_the_out_parameter_alone),
        cmocka_unit_test(budget_refusal_is_not_a_syntax_error),
        cmocka_unit_test(nothing_has_a_name_and_no_bytes),
        cmocka_unit_test(key_too_long_for_where_is_cut),
        cmocka_unit_test(writing_appends_and_remembers_refusals),
        cmocka_unit_test(reals_do_not_follow_the_locale),
        cmocka_unit_test(reals_are_shortest_and_read_back),
    };
    return vectors_run("json.json", probe_json, more, MCP_COUNT(more));
}
