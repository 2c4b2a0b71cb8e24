/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/schema.json. */
#include <stdio.h>
#include <string.h>

#include "json/schema_value.h"
#include "mcp/schema.h"
#include "probe.h"

probe_fn probe_schema;

static json_t *expand(const json_t *value);

static json_t *repeat_items(const json_t *value, json_int_t times) {
    json_t *list = json_array();
    for (json_int_t i = 0; i < times; i++)
        (void)json_array_append_new(list, expand(value));
    return list;
}

static json_t *repeat_members(const json_t *value, json_int_t times) {
    json_t *map = json_object();
    for (json_int_t i = 0; i < times; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "k%lld", (long long)i);
        (void)json_object_set_new(map, key, expand(value));
    }
    return map;
}

static json_t *repeat_text(const json_t *value, json_int_t times) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    for (json_int_t i = 0; i < times; i++)
        mcp_buf_add(&text, mcp_json_str(value));
    return json_stringn(mcp_buf_view(&text).ptr, text.len);
}

static json_t *nest(const json_t *value, json_int_t times) {
    json_t *inner = expand(value);
    for (json_int_t i = 0; i < times; i++)
        inner = json_pack("[o]", inner);
    return inner;
}

static json_t *repeat(const json_t *order) {
    const json_t *value = json_object_get(order, "$repeat");
    json_int_t times = probe_int(order, "times", 0);
    struct mcp_str form = mcp_json_str(json_object_get(order, "in"));
    if (mcp_str_equal(form, MCP_STR("object")))
        return repeat_members(value, times);
    if (mcp_str_equal(form, MCP_STR("string")))
        return repeat_text(value, times);
    if (mcp_str_equal(form, MCP_STR("nest")))
        return nest(value, times);
    return repeat_items(value, times);
}

static json_t *expand(const json_t *value) {
    if (json_object_get(value, "$repeat") != NULL)
        return repeat(value);
    json_t *copy = json_copy(mcp_schema_open(value));
    for (size_t i = 0; i < json_array_size(copy); i++)
        (void)json_array_set_new(copy, i, expand(json_array_get(copy, i)));
    for (void *at = json_object_iter(copy); at != NULL; at = json_object_iter_next(copy, at))
        (void)json_object_iter_set_new(copy, at, expand(json_object_iter_value(at)));
    return copy;
}

static struct mcp_schema_options options_of(const json_t *in, const json_t *remotes) {
    const char *draft = json_string_value(json_object_get(in, "draft"));
    struct mcp_schema_options options = {
        .assert_format = json_is_true(json_object_get(in, "format")),
        .remotes = remotes,
        .base_uri = json_string_value(json_object_get(in, "base")),
        .max_subschemas = (size_t)probe_int(in, "max_subschemas", 0),
        .max_depth = (size_t)probe_int(in, "max_depth", 0),
        .max_steps = (size_t)probe_int(in, "max_steps", 0),
    };
    if (draft != NULL)
        options.draft = strcmp(draft, "draft-07") == 0 ? MCP_SCHEMA_DRAFT_07 : MCP_SCHEMA_2020_12;
    return options;
}

static json_t *text_of(struct mcp_str text) {
    return json_stringn(text.ptr, text.len);
}

static bool list_failure(const struct mcp_schema_failure *failure, void *user) {
    json_t *entry = json_pack("{s:o, s:o, s:s, s:o}", "instance", text_of(failure->instance),
                              "schema", text_of(failure->schema), "keyword", failure->keyword,
                              "sentence", text_of(failure->sentence));
    if (failure->at_key)
        (void)json_object_set_new(entry, "at_key", json_true());
    return json_array_append_new(user, entry) == 0;
}

static enum mcp_code judge(const struct mcp_schema *schema, const json_t *instance,
                           json_t *failures, struct mcp_err *err) {
    struct mcp_err first = {0};
    struct mcp_err all = {0};
    enum mcp_code one = mcp_schema_validate(schema, instance, NULL, NULL, &first);
    enum mcp_code two = mcp_schema_validate(schema, instance, list_failure, failures, &all);
    if (one != two || strcmp(first.what, all.what) != 0 || strcmp(first.where, all.where) != 0)
        return MCP_FAIL(err, MCP_E_BUG, "first-only says %s %s, collect-all %s %s",
                        mcp_code_name(one), first.what, mcp_code_name(two), all.what);
    if ((one == MCP_E_SCHEMA) != (json_array_size(failures) > 0))
        return MCP_FAIL(err, MCP_E_BUG, "%zu failures reported", json_array_size(failures));
    if (one != MCP_OK && one != MCP_E_SCHEMA)
        *err = first;
    return one;
}

static enum mcp_code judge_all(const struct mcp_schema *schema, const json_t *in, json_t *answers,
                               struct mcp_err *err) {
    bool is_report = json_is_true(json_object_get(in, "report"));
    const json_t *tests = json_object_get(in, "tests");
    for (size_t i = 0; i < json_array_size(tests); i++) {
        json_auto_t *instance = expand(json_array_get(tests, i));
        json_auto_t *failures = json_array();
        enum mcp_code code = judge(schema, instance, failures, err);
        if (code != MCP_OK && code != MCP_E_SCHEMA)
            return code;
        if (is_report)
            (void)json_array_append(answers, failures);
        else
            (void)json_array_append_new(answers, json_boolean(code == MCP_OK));
    }
    return MCP_OK;
}

enum mcp_code probe_schema(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *root = expand(json_object_get(in, "schema"));
    json_auto_t *remotes = expand(json_object_get(in, "remotes"));
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    const struct mcp_schema_options options = options_of(in, remotes);
    MCP_TRY(mcp_schema_compile(root, &options, &schema, err));
    json_auto_t *answers = json_array();
    MCP_TRY(judge_all(schema, in, answers, err));
    *out = MCP_TAKE(answers);
    return MCP_OK;
}
