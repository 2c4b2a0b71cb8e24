/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mcp/schema.h"
#include "torture.h"
#include "under_valgrind.h"
#include "vectors.h"

probe_fn probe_schema;

static const char everything[] =
    "{\"$id\": \"http://a.example/\", \"$ref\": \"#/$defs/d\", \"$defs\": {\"d\": {\"$anchor\": "
    "\"x\"},"
    " \"e\": {\"$id\": \"e\", \"$dynamicAnchor\": \"y\"}},"
    " \"properties\": {\"a\": {\"pattern\": \"^a+[b-c]\\\\p{L}$\", \"format\": \"regex\"},"
    "   \"m\": {\"$ref\": \"http://json-schema.org/draft-07/schema#\"}},"
    " \"patternProperties\": {\"^p\": {\"enum\": [1, \"two\", [3]]}},"
    " \"dependentRequired\": {\"a\": [\"b\"]}, \"required\": [\"c\"], \"if\": true,"
    " \"anyOf\": [{\"prefixItems\": [true]}, {\"$dynamicRef\": \"e#y\"}],"
    " \"contains\": {}, \"uniqueItems\": true, \"unevaluatedProperties\": false}";

static json_t *value_of(const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static struct mcp_schema *schema_of(const char *text) {
    struct mcp_schema *schema = NULL;
    assert_int_equal(mcp_schema_compile_text(mcp_str_of(text), NULL, &schema, NULL), MCP_OK);
    return schema;
}

static bool count_failure(const struct mcp_schema_failure *failure, void *user) {
    assert_non_null(failure->sentence.ptr);
    (*(size_t *)user)++;
    return true;
}

/* user: an instance; not conforming is as good as conforming here. */
static enum mcp_code compile_and_validate(void *user, struct mcp_err *err) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    const struct mcp_schema_options options = {.assert_format = true};
    MCP_TRY(mcp_schema_compile_text(MCP_STR(everything), &options, &schema, err));
    size_t count = 0;
    struct mcp_err why = {0};
    enum mcp_code code = mcp_schema_validate(schema, user, count_failure, &count, &why);
    if (code == MCP_OK || code == MCP_E_SCHEMA)
        return MCP_OK;
    *err = why;
    return code;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf many = MCP_BUF_INIT(1 << 16);
    mcp_buf_add(&many, MCP_STR("{\"c\": [0"));
    for (int i = 1; i < 40; i++)
        mcp_buf_addf(&many, ",%d", i);
    mcp_buf_add(&many, MCP_STR("]"));
    for (int i = 0; i < 300; i++)
        mcp_buf_addf(&many, ",\"p%d\": \"two\"", i);
    mcp_buf_add(&many, MCP_STR("}"));
    const char *const cases[] = {
        "{\"a\": \"(a)\", \"p\": 2, \"z\": 1}",
        "{\"a\": \"aab\", \"b\": 1, \"c\": 1, \"m\": {\"type\": \"wibble\"}}",
        "[1, 2, 3, 3]",
        many.data,
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        json_auto_t *instance = value_of(cases[i]);
        torture_run(compile_and_validate, instance);
    }
    json_auto_t *long_list = json_array();
    for (int i = 0; i < 50; i++)
        assert_int_equal(json_array_append_new(long_list, json_integer(i % 49)), 0);
    torture_run(compile_and_validate, long_list);
}

static void failure_leaves_the_out_parameter_alone(void **state) {
    (void)state;
    struct mcp_schema *schema = NULL;
    struct mcp_err err = {0};
    assert_int_equal(mcp_schema_compile_text(MCP_STR("{\"type\": 1}"), NULL, &schema, &err),
                     MCP_E_SCHEMA);
    assert_null(schema);
    assert_string_equal(err.where, "/type");
    err = (struct mcp_err){0};
    assert_int_equal(mcp_schema_compile_text(MCP_STR("{\"type\" 1}"), NULL, &schema, &err),
                     MCP_E_SYNTAX);
    assert_null(schema);
    assert_int_equal(strncmp(err.where, "1:", 2), 0);
}

static void every_error_record_may_be_null(void **state) {
    (void)state;
    struct mcp_schema *schema = NULL;
    static const char *const bad[] = {
        "{\"type\": 1}",        "{\"$ref\": \"#/x\"}",       "{\"pattern\": \"(\"}",
        "{\"$schema\": \"x\"}", "{\"$ref\": \"http://x/\"}", "{\"$anchor\": 1}",
    };
    for (size_t i = 0; i < MCP_COUNT(bad); i++)
        assert_int_not_equal(mcp_schema_compile_text(mcp_str_of(bad[i]), NULL, &schema, NULL),
                             MCP_OK);
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *string = schema_of("{\"type\": \"string\"}");
    json_auto_t *one = json_integer(1);
    assert_int_equal(mcp_schema_validate(string, one, NULL, NULL, NULL), MCP_E_SCHEMA);
}

static void null_is_freed(void **state) {
    (void)state;
    struct mcp_schema *schema = NULL;
    mcp_schema_free(NULL);
    mcp_schema_freep(&schema);
}

static void documents_may_be_released_after_compilation(void **state) {
    (void)state;
    json_t *root = value_of("{\"$ref\": \"http://r.example/\"}");
    json_t *remotes =
        value_of("{\"http://r.example/\": {\"properties\": {\"k\": {\"const\": 1}}}}");
    const struct mcp_schema_options options = {.remotes = remotes};
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    assert_int_equal(mcp_schema_compile(root, &options, &schema, NULL), MCP_OK);
    json_decref(root);
    json_decref(remotes);
    json_auto_t *bad = value_of("{\"k\": 2}");
    assert_int_equal(mcp_schema_validate(schema, bad, NULL, NULL, NULL), MCP_E_SCHEMA);
}

static bool stop_at_second(const struct mcp_schema_failure *failure, void *user) {
    (void)failure;
    return ++*(size_t *)user < 2;
}

static void callback_stops_the_validation(void **state) {
    (void)state;
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = schema_of("{\"items\": false}");
    json_auto_t *instance = value_of("[1, 2, 3, 4]");
    size_t count = 0;
    struct mcp_err err = {0};
    assert_int_equal(mcp_schema_validate(schema, instance, stop_at_second, &count, &err),
                     MCP_E_SCHEMA);
    assert_int_equal(count, 2);
    assert_string_equal(err.where, "/0");
}

/* Values built in memory may hold what no text can: the same object at two places. */
static void one_value_may_stand_at_many_places(void **state) {
    (void)state;
    json_auto_t *shared = json_pack("{s:s}", "type", "integer");
    json_auto_t *root = json_pack("{s:{s:O, s:O}, s:O}", "properties", "a", shared, "b", shared,
                                  "additionalProperties", shared);
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    assert_int_equal(mcp_schema_compile(root, NULL, &schema, NULL), MCP_OK);
    json_auto_t *good = value_of("{\"a\": 1, \"b\": 2, \"c\": 3}");
    json_auto_t *bad = value_of("{\"b\": \"x\"}");
    assert_int_equal(mcp_schema_validate(schema, good, NULL, NULL, NULL), MCP_OK);
    assert_int_equal(mcp_schema_validate(schema, bad, NULL, NULL, NULL), MCP_E_SCHEMA);
}

static void text_that_is_not_utf_8_matches_no_pattern(void **state) {
    (void)state;
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = schema_of("{\"pattern\": \"a\"}");
    json_auto_t *instance = json_string_nocheck("a\xff");
    struct mcp_err err = {0};
    assert_int_equal(mcp_schema_validate(schema, instance, NULL, NULL, &err), MCP_E_SCHEMA);
    assert_non_null(strstr(err.what, "expected a string that matches"));
}

static uint64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

/* 100 ms where the code is optimised; what instruments it costs its own factor. */
static uint64_t bomb_ms(void) {
    uint64_t bound = 100;
#if !defined(__OPTIMIZE__)
    bound *= 5;
#endif
#if defined(IS_SANITIZED)
    bound *= 10;
#endif
    return is_under_valgrind() ? bound * 50 : bound;
}

static void expect_bounded(const json_t *root, const json_t *instance) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    struct mcp_err err = {0};
    uint64_t start = now_ms();
    enum mcp_code code = mcp_schema_compile(root, NULL, &schema, &err);
    if (code == MCP_OK)
        code = mcp_schema_validate(schema, instance, NULL, NULL, &err);
    uint64_t took = now_ms() - start;
    if (took > bomb_ms())
        print_error("%llu ms: %s\n", (unsigned long long)took, err.what);
    assert_int_equal(code, MCP_E_LIMIT);
    assert_true(took <= bomb_ms());
}

static json_t *long_text(const char *unit, size_t times) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    for (size_t i = 0; i < times; i++)
        mcp_buf_add(&text, mcp_str_of(unit));
    return json_stringn(text.data, text.len);
}

static void patterns_that_explode_end_in_time(void **state) {
    (void)state;
    static const char *const patterns[] = {
        "^(a+)+$", "^(a|aa)+$", "(x+x+)+y",     "^(([a-z])+.)+[A-Z]([a-z])+$",
        "a+[bc]",  "(.*)*z",    "^(?=(a+)+$)b",
    };
    json_auto_t *short_text = long_text("a", 30);
    json_auto_t *text = long_text("a", 300000);
    json_auto_t *with_end =
        json_sprintf("%s%s", json_string_value(short_text), "!xxxxxxxxxxxxxxxxxxxxxxxxxxx");
    size_t bounded = 0;
    for (size_t i = 0; i < MCP_COUNT(patterns); i++) {
        json_auto_t *root = json_pack("{s:s}", "pattern", patterns[i]);
        const json_t *const texts[] = {with_end, text};
        for (size_t j = 0; j < MCP_COUNT(texts); j++) {
            MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
            assert_int_equal(mcp_schema_compile(root, NULL, &schema, NULL), MCP_OK);
            uint64_t start = now_ms();
            enum mcp_code code = mcp_schema_validate(schema, texts[j], NULL, NULL, NULL);
            bounded += code == MCP_E_LIMIT ? 1 : 0;
            uint64_t took = now_ms() - start;
            if (took > bomb_ms())
                print_error("%llu ms: %s on text %zu\n", (unsigned long long)took, patterns[i], j);
            assert_true(took <= bomb_ms());
        }
    }
    assert_true(bounded >= 5);
}

static void a_pattern_on_many_items_ends_in_time(void **state) {
    (void)state;
    json_auto_t *root = value_of("{\"contains\": {\"pattern\": \"^(a|b|ab)*[cd]\"}}");
    json_auto_t *items = json_array();
    json_auto_t *text = long_text("ab", 12);
    for (size_t i = 0; i < 20000; i++)
        assert_int_equal(json_array_append(items, text), 0);
    expect_bounded(root, items);
}

/* Each level applies the next one twice, in ever other ways. */
static json_t *doubling(const char *keyword, int levels) {
    json_t *root = json_pack("{s:s, s:{}}", "$ref", "#/$defs/a0", "$defs");
    json_t *defs = json_object_get(root, "$defs");
    for (int i = 0; i < levels; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "a%d", i);
        json_t *next = json_pack("{s:o}", "$ref", json_sprintf("#/$defs/a%d", i + 1));
        assert_int_equal(
            json_object_set_new(defs, name, json_pack("{s:[O, o]}", keyword, next, next)), 0);
    }
    char name[16];
    (void)snprintf(name, sizeof name, "a%d", levels);
    (void)json_object_set_new(
        defs, name, json_pack("{s:s}", "type", strcmp(keyword, "allOf") == 0 ? "integer" : "null"));
    return root;
}

static void combinations_that_explode_end_in_time(void **state) {
    (void)state;
    static const char *const keywords[] = {"allOf", "anyOf", "oneOf"};
    json_auto_t *instance = json_integer(1);
    for (size_t i = 0; i < MCP_COUNT(keywords); i++) {
        json_auto_t *root = doubling(keywords[i], 50);
        expect_bounded(root, instance);
    }
}

static void reference_loops_end_in_time(void **state) {
    (void)state;
    static const char *const loops[] = {
        "{\"$ref\": \"#\"}",
        "{\"allOf\": [{\"$ref\": \"#\"}, {\"$ref\": \"#\"}]}",
        "{\"not\": {\"$ref\": \"#\"}}",
        "{\"if\": {\"$ref\": \"#\"}}",
        "{\"$dynamicAnchor\": \"a\", \"$dynamicRef\": \"#a\"}",
        "{\"anyOf\": [{\"$ref\": \"#/anyOf/1\"}, {\"$ref\": \"#/anyOf/0\"}]}",
        "{\"dependentSchemas\": {\"a\": {\"$ref\": \"#\"}}, \"unevaluatedProperties\": false}",
    };
    json_auto_t *instance = value_of("{\"a\": 1}");
    for (size_t i = 0; i < MCP_COUNT(loops); i++) {
        json_auto_t *root = value_of(loops[i]);
        expect_bounded(root, instance);
    }
}

static void a_huge_enum_ends_in_time(void **state) {
    (void)state;
    json_auto_t *values = json_array();
    for (int i = 0; i < 1000000; i++)
        assert_int_equal(json_array_append_new(values, json_integer(i)), 0);
    json_auto_t *root = json_pack("{s:O}", "enum", values);
    json_auto_t *instance = json_integer(-1);
    expect_bounded(root, instance);
}

struct shared {
    const struct mcp_schema *schema;
    const json_t *good;
    const json_t *bad;
    size_t wrong;
};

static void *validate_often(void *user) {
    struct shared *shared = user;
    for (int i = 0; i < 300; i++) {
        if (mcp_schema_validate(shared->schema, shared->good, NULL, NULL, NULL) != MCP_OK)
            shared->wrong++;
        if (mcp_schema_validate(shared->schema, shared->bad, NULL, NULL, NULL) != MCP_E_SCHEMA)
            shared->wrong++;
    }
    return NULL;
}

static void threads_share_one_schema(void **state) {
    (void)state;
    MCP_AUTO(mcp_schema_freep)
    struct mcp_schema *schema =
        schema_of("{\"$ref\": \"https://json-schema.org/draft/2020-12/schema\"}");
    json_auto_t *good = value_of(everything);
    json_auto_t *bad = value_of("{\"properties\": {\"a\": {\"minLength\": -1}}}");
    struct shared shared[4];
    pthread_t threads[MCP_COUNT(shared)];
    for (size_t i = 0; i < MCP_COUNT(shared); i++) {
        shared[i] = (struct shared){schema, good, bad, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, validate_often, &shared[i]), 0);
    }
    for (size_t i = 0; i < MCP_COUNT(shared); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(shared[i].wrong, 0);
    }
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(failure_leaves_the_out_parameter_alone),
        cmocka_unit_test(every_error_record_may_be_null),
        cmocka_unit_test(null_is_freed),
        cmocka_unit_test(documents_may_be_released_after_compilation),
        cmocka_unit_test(callback_stops_the_validation),
        cmocka_unit_test(one_value_may_stand_at_many_places),
        cmocka_unit_test(text_that_is_not_utf_8_matches_no_pattern),
        cmocka_unit_test(patterns_that_explode_end_in_time),
        cmocka_unit_test(a_pattern_on_many_items_ends_in_time),
        cmocka_unit_test(combinations_that_explode_end_in_time),
        cmocka_unit_test(reference_loops_end_in_time),
        cmocka_unit_test(a_huge_enum_ends_in_time),
        cmocka_unit_test(threads_share_one_schema),
    };
    return vectors_run("json.schema", probe_schema, more, MCP_COUNT(more));
}
