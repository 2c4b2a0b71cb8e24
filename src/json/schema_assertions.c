/* SPDX-License-Identifier: MIT */
/* schema_assertions.c - keywords without subschemas; see schema_builder.h. Pure. */
#include <stdlib.h>

#include "json/schema_builder.h"
#include "mcp/alloc.h"

static bool is_kind(const json_t *value, struct mcp_str noun) {
    if (mcp_str_equal(noun, MCP_STR("a string")))
        return json_is_string(value);
    if (mcp_str_equal(noun, MCP_STR("a number")))
        return json_is_number(value);
    if (mcp_str_equal(noun, MCP_STR("a boolean")))
        return json_is_boolean(value);
    if (mcp_str_equal(noun, MCP_STR("an array")))
        return json_is_array(value);
    return json_is_object(value);
}

enum mcp_code mcp_schema_expect(struct mcp_schema_builder *builder,
                                const struct mcp_schema_node *node, const char *keyword,
                                const json_t *value, const char *noun) {
    if (is_kind(value, mcp_str_of(noun)))
        return MCP_OK;
    return mcp_schema_blame(builder, node, keyword,
                            MCP_FAIL(builder->err, MCP_E_SCHEMA, "expected %s, got %s", noun,
                                     mcp_json_type_name(value)));
}

enum mcp_code mcp_schema_read_count(struct mcp_schema_builder *builder,
                                    const struct mcp_schema_node *node, const char *keyword,
                                    const json_t *value, size_t *out_count) {
    double number = json_number_value(value);
    if (!mcp_schema_is_integral(value) || number < 0)
        return mcp_schema_blame(
            builder, node, keyword,
            MCP_FAIL(builder->err, MCP_E_SCHEMA, "expected an integer of at least 0"));
    if (json_is_integer(value))
        *out_count = (size_t)json_integer_value(value);
    else
        *out_count = number < 9007199254740992.0 ? (size_t)number : SIZE_MAX;
    return MCP_OK;
}

static int order_names(const void *a, const void *b) {
    const struct mcp_str *left = a;
    const struct mcp_str *right = b;
    size_t shorter = left->len < right->len ? left->len : right->len;
    int order = shorter > 0 ? memcmp(left->ptr, right->ptr, shorter) : 0;
    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

static enum mcp_code check_different(struct mcp_schema_builder *builder,
                                     const struct mcp_schema_names *names) {
    MCP_AUTO(mcp_freep) struct mcp_str *sorted = mcp_alloc((names->count + 1) * sizeof *sorted);
    if (sorted == NULL)
        return MCP_FAIL(builder->err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < names->count; i++)
        sorted[i] = names->list[i];
    qsort(sorted, names->count, sizeof *sorted, order_names);
    for (size_t i = 1; i < names->count; i++)
        if (mcp_str_equal(sorted[i - 1], sorted[i]))
            return MCP_FAIL(builder->err, MCP_E_SCHEMA, "\"%.*s\" is listed twice",
                            (int)(sorted[i].len < 100 ? sorted[i].len : 100), sorted[i].ptr);
    return MCP_OK;
}

static enum mcp_code read_names(struct mcp_schema_builder *builder, const json_t *value,
                                struct mcp_schema_names *out_names) {
    size_t count = json_array_size(value);
    MCP_TRY(mcp_schema_count_values(builder, count));
    struct mcp_str *list = mcp_schema_take(builder, count, sizeof *list);
    if (list == NULL)
        return MCP_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_array_get(value, i);
        if (!json_is_string(name))
            return MCP_FAIL(builder->err, MCP_E_SCHEMA, "expected strings, got %s at index %zu",
                            mcp_json_type_name(name), i);
        list[i] = mcp_json_str(name);
    }
    *out_names = (struct mcp_schema_names){list, count};
    return check_different(builder, out_names);
}

enum mcp_code mcp_schema_read_names(struct mcp_schema_builder *builder,
                                    const struct mcp_schema_node *node, const char *keyword,
                                    const json_t *value, struct mcp_schema_names *out_names) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword, value, "an array"));
    return mcp_schema_blame(builder, node, keyword, read_names(builder, value, out_names));
}

static unsigned type_bit(const json_t *name) {
    static const struct {
        const char *name;
        unsigned bit;
    } types[] = {
        {"null", MCP_TYPE_NULL},     {"boolean", MCP_TYPE_BOOLEAN}, {"integer", MCP_TYPE_INTEGER},
        {"number", MCP_TYPE_NUMBER}, {"string", MCP_TYPE_STRING},   {"array", MCP_TYPE_ARRAY},
        {"object", MCP_TYPE_OBJECT},
    };
    for (size_t i = 0; i < MCP_COUNT(types); i++)
        if (json_is_string(name) && mcp_str_equal(mcp_json_str(name), mcp_str_of(types[i].name)))
            return types[i].bit;
    return 0;
}

enum mcp_code mcp_schema_make_type(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                   const struct mcp_schema_keyword *keyword, const json_t *value) {
    unsigned types = type_bit(value);
    bool is_valid = json_is_array(value) ? json_array_size(value) > 0 : types != 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        unsigned bit = type_bit(json_array_get(value, i));
        is_valid = is_valid && bit != 0 && (types & bit) == 0;
        types |= bit;
    }
    if (!is_valid)
        return mcp_schema_blame(
            builder, node, keyword->name,
            MCP_FAIL(builder->err, MCP_E_SCHEMA,
                     "expected null, boolean, integer, number, string, array or object, or a list "
                     "of different ones"));
    mcp_schema_add_rule(builder, keyword)->as.types = types;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_const(struct mcp_schema_builder *builder,
                                    struct mcp_schema_node *node,
                                    const struct mcp_schema_keyword *keyword, const json_t *value) {
    (void)node;
    mcp_schema_add_rule(builder, keyword)->as.value = value;
    return MCP_OK;
}

static int order_choices(const void *a, const void *b) {
    const struct mcp_schema_choice *left = a;
    const struct mcp_schema_choice *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

enum mcp_code mcp_schema_make_enum(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                   const struct mcp_schema_keyword *keyword, const json_t *value) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword->name, value, "an array"));
    size_t count = json_array_size(value);
    MCP_TRY(
        mcp_schema_blame(builder, node, keyword->name, mcp_schema_count_values(builder, count)));
    struct mcp_schema_choices *choices = mcp_schema_take(builder, 1, sizeof *choices);
    struct mcp_schema_choice *list = mcp_schema_take(builder, count, sizeof *list);
    if (choices == NULL || list == NULL)
        return MCP_E_NOMEM;
    size_t steps = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        list[i].value = json_array_get(value, i);
        list[i].hash = mcp_schema_hash(list[i].value, &steps);
    }
    qsort(list, count, sizeof *list, order_choices);
    *choices = (struct mcp_schema_choices){.list = list, .count = count, .given = value};
    mcp_schema_add_rule(builder, keyword)->as.choices = choices;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_multiple_of(struct mcp_schema_builder *builder,
                                          struct mcp_schema_node *node,
                                          const struct mcp_schema_keyword *keyword,
                                          const json_t *value) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword->name, value, "a number"));
    if (!(json_number_value(value) > 0))
        return mcp_schema_blame(
            builder, node, keyword->name,
            MCP_FAIL(builder->err, MCP_E_SCHEMA, "expected a number greater than 0"));
    struct mcp_schema_rule *rule = mcp_schema_add_rule(builder, keyword);
    rule->as.divisor.value = value;
    rule->as.divisor.decimal = mcp_schema_decimal_of(value);
    return MCP_OK;
}

enum mcp_code mcp_schema_make_bound(struct mcp_schema_builder *builder,
                                    struct mcp_schema_node *node,
                                    const struct mcp_schema_keyword *keyword, const json_t *value) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword->name, value, "a number"));
    mcp_schema_add_rule(builder, keyword)->as.value = value;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_count(struct mcp_schema_builder *builder,
                                    struct mcp_schema_node *node,
                                    const struct mcp_schema_keyword *keyword, const json_t *value) {
    size_t count = 0;
    MCP_TRY(mcp_schema_read_count(builder, node, keyword->name, value, &count));
    mcp_schema_add_rule(builder, keyword)->as.count = count;
    return MCP_OK;
}

static enum mcp_code own_pattern(struct mcp_schema_builder *builder, struct mcp_str text,
                                 const struct mcp_schema_pattern **out_pattern) {
    struct mcp_schema_pattern_ref *owner = mcp_schema_take(builder, 1, sizeof *owner);
    if (owner == NULL)
        return MCP_E_NOMEM;
    size_t bytes = 0;
    MCP_TRY(mcp_schema_pattern_compile(builder->schema->matcher, text, &owner->pattern, &bytes,
                                       builder->err));
    owner->next = builder->schema->patterns;
    builder->schema->patterns = owner;
    if (bytes > MCP_SCHEMA_MAX_PATTERN_BYTES - builder->pattern_bytes)
        return MCP_FAIL(builder->err, MCP_E_LIMIT,
                        "regular expressions of more than %d bytes in total, once compiled",
                        (int)MCP_SCHEMA_MAX_PATTERN_BYTES);
    builder->pattern_bytes += bytes;
    *out_pattern = owner->pattern;
    return MCP_OK;
}

enum mcp_code mcp_schema_add_pattern(struct mcp_schema_builder *builder,
                                     const struct mcp_schema_node *node, const char *keyword,
                                     struct mcp_str text,
                                     const struct mcp_schema_pattern **out_pattern) {
    struct mcp_err *err = builder->err;
    struct mcp_err why = {0};
    builder->err = &why;
    enum mcp_code code = own_pattern(builder, text, out_pattern);
    builder->err = err;
    if (code == MCP_OK || code == MCP_E_NOMEM)
        return code == MCP_OK ? code : MCP_FAIL(err, code, "out of memory");
    /* The offset in the pattern belongs to the sentence: `where` is the pattern's own place. */
    code = why.where[0] != '\0' ? MCP_FAIL(err, code, "%s, at %s", why.what, why.where)
                                : MCP_FAIL(err, code, "%s", why.what);
    return mcp_schema_blame(builder, node, keyword, code);
}

enum mcp_code mcp_schema_make_pattern(struct mcp_schema_builder *builder,
                                      struct mcp_schema_node *node,
                                      const struct mcp_schema_keyword *keyword,
                                      const json_t *value) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword->name, value, "a string"));
    const struct mcp_schema_pattern *pattern = NULL;
    MCP_TRY(mcp_schema_add_pattern(builder, node, keyword->name, mcp_json_str(value), &pattern));
    struct mcp_schema_rule *rule = mcp_schema_add_rule(builder, keyword);
    rule->as.pattern = pattern;
    rule->text = mcp_json_str(value);
    return MCP_OK;
}

enum mcp_code mcp_schema_make_format(struct mcp_schema_builder *builder,
                                     struct mcp_schema_node *node,
                                     const struct mcp_schema_keyword *keyword,
                                     const json_t *value) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword->name, value, "a string"));
    const struct mcp_schema_format *format = mcp_schema_format_find(mcp_json_str(value));
    bool is_asserted = builder->assert_format || node->resource->dialect.asserts_format;
    if (format != NULL && is_asserted)
        mcp_schema_add_rule(builder, keyword)->as.format = format;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_unique(struct mcp_schema_builder *builder,
                                     struct mcp_schema_node *node,
                                     const struct mcp_schema_keyword *keyword,
                                     const json_t *value) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword->name, value, "a boolean"));
    if (json_is_true(value))
        (void)mcp_schema_add_rule(builder, keyword);
    return MCP_OK;
}

enum mcp_code mcp_schema_make_required(struct mcp_schema_builder *builder,
                                       struct mcp_schema_node *node,
                                       const struct mcp_schema_keyword *keyword,
                                       const json_t *value) {
    struct mcp_schema_names names = {0};
    MCP_TRY(mcp_schema_read_names(builder, node, keyword->name, value, &names));
    if (names.count > 0)
        mcp_schema_add_rule(builder, keyword)->as.names = names;
    return MCP_OK;
}

enum mcp_code mcp_schema_check_count(struct mcp_schema_builder *builder,
                                     struct mcp_schema_node *node,
                                     const struct mcp_schema_keyword *keyword,
                                     const json_t *value) {
    size_t count = 0;
    return mcp_schema_read_count(builder, node, keyword->name, value, &count);
}

enum mcp_code mcp_schema_check_string(struct mcp_schema_builder *builder,
                                      struct mcp_schema_node *node,
                                      const struct mcp_schema_keyword *keyword,
                                      const json_t *value) {
    return mcp_schema_expect(builder, node, keyword->name, value, "a string");
}

enum mcp_code mcp_schema_check_boolean(struct mcp_schema_builder *builder,
                                       struct mcp_schema_node *node,
                                       const struct mcp_schema_keyword *keyword,
                                       const json_t *value) {
    return mcp_schema_expect(builder, node, keyword->name, value, "a boolean");
}

enum mcp_code mcp_schema_check_array(struct mcp_schema_builder *builder,
                                     struct mcp_schema_node *node,
                                     const struct mcp_schema_keyword *keyword,
                                     const json_t *value) {
    return mcp_schema_expect(builder, node, keyword->name, value, "an array");
}
