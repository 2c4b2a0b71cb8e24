/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/scope_file.h"
#include "torture.h"

#define RULE "{\"method\": \"tools/call\", \"name\": \"count\", \"scopes\": \"a b\"}"

static const char good[] = "{\"rules\": [" RULE ", {\"method\": \"*\", \"scopes\": \"c\"}], "
                           "\"includes\": [{\"scope\": \"all\", \"scopes\": \"a b c\"}]}";

static void rows_are_read(void **state) {
    (void)state;
    char text[256] = "";
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf needed = MCP_BUF_INIT(sizeof text);
    MCP_AUTO(oauth_scope_policy_freep) struct oauth_scope_policy *policy = NULL;
    assert_int_equal(serve_scopes_parse(mcp_str_of(good), &policy, NULL), MCP_OK);
    assert_true(oauth_scope_policy_allows(policy, MCP_STR("all"), MCP_STR("tools/call"),
                                          MCP_STR("count"), &needed));
    assert_true(oauth_scope_policy_allows(policy, MCP_STR("c"), MCP_STR("tools/call"),
                                          MCP_STR("other"), &needed));
    assert_false(oauth_scope_policy_allows(policy, MCP_STR("c"), MCP_STR("tools/call"),
                                           MCP_STR("count"), &needed));
    (void)snprintf(text, sizeof text, "%.*s", (int)needed.len, needed.data);
    assert_string_equal(text, "a b c");
}

static void what_is_wrong_is_found(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum mcp_code code;
        const char *where;
    } cases[] = {
        {"", MCP_E_SYNTAX, NULL},
        {"[]", MCP_E_SCHEMA, ""},
        {"{}", MCP_E_SCHEMA, "/rules"},
        {"{\"rules\": {}}", MCP_E_SCHEMA, "/rules"},
        {"{\"rules\": [], \"rule\": []}", MCP_E_SCHEMA, ""},
        {"{\"rules\": [], \"includes\": {}}", MCP_E_SCHEMA, "/includes"},
        {"{\"rules\": [" RULE ", 1]}", MCP_E_SCHEMA, "/rules/1"},
        {"{\"rules\": [{\"scopes\": \"a\"}]}", MCP_E_SCHEMA, "/rules/0/method"},
        {"{\"rules\": [{\"method\": \"ping\"}]}", MCP_E_SCHEMA, "/rules/0/scopes"},
        {"{\"rules\": [{\"method\": \"ping\", \"scopes\": \"a\", \"tool\": \"x\"}]}", MCP_E_SCHEMA,
         "/rules/0"},
        {"{\"rules\": [{\"method\": \"p*g\", \"scopes\": \"a\"}]}", MCP_E_INVALID,
         "/rules/0/method"},
        {"{\"rules\": [], \"includes\": [{\"scope\": \"a\"}]}", MCP_E_SCHEMA, "/includes/0/scopes"},
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        struct mcp_err err = {0};
        struct oauth_scope_policy *policy = NULL;
        assert_int_equal(serve_scopes_parse(mcp_str_of(cases[i].text), &policy, &err),
                         cases[i].code);
        assert_null(policy);
        if (cases[i].where != NULL)
            assert_string_equal(err.where, cases[i].where);
    }
}

static void rules_have_a_number(void **state) {
    (void)state;
    for (size_t count = OAUTH_MAX_SCOPE_RULES - 1; count <= OAUTH_MAX_SCOPE_RULES + 1; count++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SERVE_MAX_SCOPE_FILE_BYTES);
        MCP_AUTO(oauth_scope_policy_freep) struct oauth_scope_policy *policy = NULL;
        mcp_buf_add(&text, MCP_STR("{\"rules\": ["));
        for (size_t i = 0; i < count; i++)
            mcp_buf_addf(&text, "%s" RULE, i > 0 ? ", " : "");
        mcp_buf_add(&text, MCP_STR("]}"));
        assert_int_equal(mcp_buf_finish(&text, NULL), MCP_OK);
        assert_int_equal(serve_scopes_parse(mcp_buf_view(&text), &policy, NULL),
                         count > OAUTH_MAX_SCOPE_RULES ? MCP_E_LIMIT : MCP_OK);
    }
}

static void a_file_comes_first_in_the_place(void **state) {
    (void)state;
    char path[] = "/tmp/mcp-scopes-XXXXXX";
    char where[64];
    struct mcp_err err = {0};
    struct oauth_scope_policy *policy = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{}", 2), 2);
    (void)close(fd);
    assert_int_equal(serve_scopes_read(path, &policy, &err), MCP_E_SCHEMA);
    (void)snprintf(where, sizeof where, "%s: /rules", path);
    assert_string_equal(err.where, where);
    assert_int_equal(unlink(path), 0);
    err = (struct mcp_err){0};
    assert_int_equal(serve_scopes_read(path, &policy, &err), MCP_E_NOT_FOUND);
    assert_string_equal(err.where, path);
}

static enum mcp_code parse(void *user, struct mcp_err *err) {
    (void)user;
    MCP_AUTO(oauth_scope_policy_freep) struct oauth_scope_policy *policy = NULL;
    return serve_scopes_parse(mcp_str_of(good), &policy, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(parse, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read),
        cmocka_unit_test(what_is_wrong_is_found),
        cmocka_unit_test(rules_have_a_number),
        cmocka_unit_test(a_file_comes_first_in_the_place),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("serve.scope_file", tests, NULL, NULL);
}
