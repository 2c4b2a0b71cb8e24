/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "json/json_plain.h"
#include "mcp/alloc.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_json_plain;

#define MESSAGE                                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\","          \
    "\"arguments\":{\"list\":[1,true,null,\"x\"],\"empty\":{}}}}"

/* user: the text. Either whole or nothing: a refusal is never taken for "not plain". */
static enum mcp_code parse(void *user, struct mcp_err *err) {
    json_t *root = NULL;
    enum mcp_code code = mcp_json_plain_parse(mcp_str_of(user), &root);
    if (code != MCP_OK)
        return MCP_FAIL(err, code, "refused");
    json_decref(root);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    char text[] = MESSAGE;
    torture_run(parse, text);
}

static void what_is_not_plain_leaves_nothing_behind(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",  "{",    "[1,",   "[[1],[2],\"x\\n\"]", "{\"a\":{\"b\":[1]},\"a\":2}",
        "]", "[1]]", "[1 2]", "{\"a\" 1}",          "{\"a\":1,}",
    };
    for (size_t i = 0; i < MCP_COUNT(texts); i++) {
        json_t *root = NULL;
        assert_int_equal(mcp_json_plain_parse(mcp_str_of(texts[i]), &root), MCP_E_UNSUPPORTED);
        assert_null(root);
    }
    json_t *root = NULL;
    assert_int_equal(mcp_json_plain_parse((struct mcp_str){NULL, 0}, &root), MCP_E_UNSUPPORTED);
}

/* Every start of a message, in a block of exactly that size, so that a byte too far is seen. */
static void never_reads_beyond_the_end(void **state) {
    (void)state;
    const struct mcp_str whole = MCP_STR(MESSAGE);
    for (size_t len = 1; len < whole.len; len++) {
        json_t *root = NULL;
        char *exact = mcp_realloc(NULL, len);
        assert_non_null(exact);
        memcpy(exact, whole.ptr, len);
        assert_int_equal(mcp_json_plain_parse((struct mcp_str){exact, len}, &root),
                         MCP_E_UNSUPPORTED);
        mcp_free(exact);
    }
}

static void builds_what_jansson_builds(void **state) {
    (void)state;
    json_t *plain = NULL;
    assert_int_equal(mcp_json_plain_parse(MCP_STR(MESSAGE), &plain), MCP_OK);
    json_auto_t *whole = json_loads(MESSAGE, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(whole);
    assert_true(json_equal(plain, whole));
    assert_int_equal(plain->refcount, 1);
    assert_true(json_is_integer(json_object_get(plain, "id")));
    json_decref(plain);
}

int main(void) {
    mcp_json_use_allocator();
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(what_is_not_plain_leaves_nothing_behind),
        cmocka_unit_test(never_reads_beyond_the_end),
        cmocka_unit_test(builds_what_jansson_builds),
    };
    return vectors_run("json.json_plain", probe_json_plain, more, MCP_COUNT(more));
}
