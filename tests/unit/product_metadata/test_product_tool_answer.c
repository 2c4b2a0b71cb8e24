/* SPDX-License-Identifier: MIT */
#include "mcp/schema.h"
#include "product_metadata/embedded.h"
#include "product_metadata/tool_answer.h"
#include "vectors.h"

probe_fn probe_product_tool_answer;

static void expect_valid(const char *schema_text, const json_t *value) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    struct mcp_err err = {0};
    assert_int_equal(mcp_schema_compile_text(mcp_str_of(schema_text), NULL, &schema, &err), MCP_OK);
    if (mcp_schema_validate(schema, value, NULL, NULL, &err) != MCP_OK)
        fail_msg("%s: %s", err.where, err.what);
}

static void answers_conform_to_their_schemas(void **state) {
    (void)state;
    json_auto_t *vectors = vectors_load("product_metadata.product_tool_answer");
    const json_t *test = NULL;
    size_t i = 0;
    size_t count = 0;
    json_array_foreach(json_object_get(vectors, "cases"), i, test) {
        const json_t *in = json_object_get(test, "in");
        const json_t *out = json_object_get(test, "out");
        const json_t *terms = json_object_get(in, "resolve_terms");
        if (out == NULL)
            continue;
        expect_valid(terms != NULL ? product_resolve_terms_input : product_lookup_product_input,
                     terms != NULL ? terms : json_object_get(in, "lookup_product"));
        expect_valid(terms != NULL ? product_resolve_terms_output : product_lookup_product_output,
                     out);
        count++;
    }
    assert_true(count > 10);
}

/* One number of a schema, by the keys that lead to it. */
static json_int_t number(const json_t *value, const char *const *keys) {
    for (; *keys != NULL; keys++)
        value = json_object_get(value, *keys);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static void schemas_and_code_have_the_same_limits(void **state) {
    (void)state;
    static const char *const max_terms[] = {"properties", "terms", "maxItems", NULL};
    static const char *const max_term[] = {"properties", "terms", "items", "maxLength", NULL};
    static const char *const max_limit[] = {"properties", "limit", "maximum", NULL};
    static const char *const limit[] = {"properties", "limit", "default", NULL};
    static const char *const max_key[] = {"properties", "key", "maxLength", NULL};
    json_t *resolve MCP_AUTO(mcp_json_decref) = NULL;
    json_t *lookup MCP_AUTO(mcp_json_decref) = NULL;
    assert_int_equal(mcp_json_parse(mcp_str_of(product_resolve_terms_input), &resolve, NULL), 0);
    assert_int_equal(mcp_json_parse(mcp_str_of(product_lookup_product_input), &lookup, NULL), 0);
    assert_int_equal(number(resolve, max_terms), PRODUCT_RESOLVE_MAX_TERMS);
    assert_int_equal(number(resolve, max_term), PRODUCT_TERM_MAX_BYTES);
    assert_int_equal(number(resolve, max_limit), PRODUCT_RESOLVE_MAX_LIMIT);
    assert_int_equal(number(resolve, limit), PRODUCT_RESOLVE_DEFAULT_LIMIT);
    assert_int_equal(number(lookup, max_key), PRODUCT_TERM_MAX_BYTES);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("product_metadata.product_tool_answer", probe_product_tool_answer);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(answers_conform_to_their_schemas),
                                      cmocka_unit_test(schemas_and_code_have_the_same_limits),
                                      cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("product_metadata.product_tool_answer", probe_product_tool_answer, more,
                       MCP_COUNT(more));
}
