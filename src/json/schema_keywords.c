/* SPDX-License-Identifier: MIT */
/* schema_keywords.c - the table of keywords; see schema_builder.h. Pure: no I/O, clock or log. */
#include "json/schema_builder.h"

/* Flags of a row: drafts, and the vocabulary that switches it on. */
enum {
    D7 = 1,
    D20 = 2,
    ALL = D7 | D20,
    VALIDATION = 4,
    APPLICATOR = 8,
    UNEVALUATED = 16,
    ASSERT = ALL | VALIDATION,
    APPLY = ALL | APPLICATOR
};

/* In the order rules are applied: cheap ones first, unevaluated ones after all that evaluate. */
static const struct mcp_schema_keyword keywords[] = {
    {"type", ASSERT, MCP_RULE_TYPE, mcp_schema_make_type},
    {"const", ASSERT, MCP_RULE_CONST, mcp_schema_make_const},
    {"enum", ASSERT, MCP_RULE_ENUM, mcp_schema_make_enum},
    {"multipleOf", ASSERT, MCP_RULE_MULTIPLE_OF, mcp_schema_make_multiple_of},
    {"maximum", ASSERT, MCP_RULE_MAXIMUM, mcp_schema_make_bound},
    {"exclusiveMaximum", ASSERT, MCP_RULE_EXCLUSIVE_MAXIMUM, mcp_schema_make_bound},
    {"minimum", ASSERT, MCP_RULE_MINIMUM, mcp_schema_make_bound},
    {"exclusiveMinimum", ASSERT, MCP_RULE_EXCLUSIVE_MINIMUM, mcp_schema_make_bound},
    {"maxLength", ASSERT, MCP_RULE_MAX_LENGTH, mcp_schema_make_count},
    {"minLength", ASSERT, MCP_RULE_MIN_LENGTH, mcp_schema_make_count},
    {"pattern", ASSERT, MCP_RULE_PATTERN, mcp_schema_make_pattern},
    {"format", ALL, MCP_RULE_FORMAT, mcp_schema_make_format},
    {"maxItems", ASSERT, MCP_RULE_MAX_ITEMS, mcp_schema_make_count},
    {"minItems", ASSERT, MCP_RULE_MIN_ITEMS, mcp_schema_make_count},
    {"uniqueItems", ASSERT, MCP_RULE_UNIQUE_ITEMS, mcp_schema_make_unique},
    {"maxProperties", ASSERT, MCP_RULE_MAX_PROPERTIES, mcp_schema_make_count},
    {"minProperties", ASSERT, MCP_RULE_MIN_PROPERTIES, mcp_schema_make_count},
    {"required", ASSERT, MCP_RULE_REQUIRED, mcp_schema_make_required},
    {"dependentRequired", D20 | VALIDATION, MCP_RULE_DEPENDENT_REQUIRED,
     mcp_schema_make_dependent_required},
    {"minContains", D20 | VALIDATION, MCP_RULE_COUNT, mcp_schema_check_count},
    {"maxContains", D20 | VALIDATION, MCP_RULE_COUNT, mcp_schema_check_count},
    {"propertyNames", APPLY, MCP_RULE_PROPERTY_NAMES, mcp_schema_make_single},
    {"properties", APPLY, MCP_RULE_MEMBERS, mcp_schema_make_members},
    {"patternProperties", APPLY, MCP_RULE_MEMBERS, mcp_schema_make_members},
    {"additionalProperties", APPLY, MCP_RULE_MEMBERS, mcp_schema_make_members},
    {"prefixItems", D20 | APPLICATOR, MCP_RULE_ITEMS, mcp_schema_make_items},
    {"items", APPLY, MCP_RULE_ITEMS, mcp_schema_make_items},
    {"contains", APPLY, MCP_RULE_CONTAINS, mcp_schema_make_contains},
    {"$ref", ALL, MCP_RULE_REF, mcp_schema_make_ref},
    {"$dynamicRef", D20, MCP_RULE_DYNAMIC_REF, mcp_schema_make_dynamic_ref},
    {"allOf", APPLY, MCP_RULE_ALL_OF, mcp_schema_make_branches},
    {"anyOf", APPLY, MCP_RULE_ANY_OF, mcp_schema_make_branches},
    {"oneOf", APPLY, MCP_RULE_ONE_OF, mcp_schema_make_branches},
    {"not", APPLY, MCP_RULE_NOT, mcp_schema_make_single},
    {"then", APPLY, MCP_RULE_COUNT, mcp_schema_check_schema},
    {"else", APPLY, MCP_RULE_COUNT, mcp_schema_check_schema},
    {"if", APPLY, MCP_RULE_IF, mcp_schema_make_if},
    {"dependentSchemas", D20 | APPLICATOR, MCP_RULE_DEPENDENT_SCHEMAS,
     mcp_schema_make_dependent_schemas},
    {"dependencies", D7 | APPLICATOR, MCP_RULE_DEPENDENT_SCHEMAS, mcp_schema_make_dependencies},
    {"unevaluatedItems", D20 | UNEVALUATED, MCP_RULE_UNEVALUATED_ITEMS,
     mcp_schema_make_unevaluated},
    {"unevaluatedProperties", D20 | UNEVALUATED, MCP_RULE_UNEVALUATED_PROPERTIES,
     mcp_schema_make_unevaluated},
    {"definitions", ALL, MCP_RULE_COUNT, mcp_schema_check_definitions},
    {"$defs", D20, MCP_RULE_COUNT, mcp_schema_check_definitions},
    {"$id", ALL, MCP_RULE_COUNT, mcp_schema_check_string},
    {"$schema", ALL, MCP_RULE_COUNT, mcp_schema_check_string},
    {"$comment", ALL, MCP_RULE_COUNT, mcp_schema_check_string},
    {"title", ALL, MCP_RULE_COUNT, mcp_schema_check_string},
    {"description", ALL, MCP_RULE_COUNT, mcp_schema_check_string},
    {"contentMediaType", ALL, MCP_RULE_COUNT, mcp_schema_check_string},
    {"contentEncoding", ALL, MCP_RULE_COUNT, mcp_schema_check_string},
    {"readOnly", ALL, MCP_RULE_COUNT, mcp_schema_check_boolean},
    {"writeOnly", ALL, MCP_RULE_COUNT, mcp_schema_check_boolean},
    {"deprecated", D20, MCP_RULE_COUNT, mcp_schema_check_boolean},
    {"examples", ALL, MCP_RULE_COUNT, mcp_schema_check_array},
};

static bool is_switched_on(const struct mcp_schema_keyword *keyword,
                           const struct mcp_schema_dialect *dialect) {
    unsigned draft = dialect->draft == MCP_SCHEMA_DRAFT_07 ? D7 : D20;
    return (keyword->flags & draft) != 0 &&
           ((keyword->flags & VALIDATION) == 0 || dialect->has_validation) &&
           ((keyword->flags & APPLICATOR) == 0 || dialect->has_applicator) &&
           ((keyword->flags & UNEVALUATED) == 0 || dialect->has_unevaluated);
}

static enum mcp_code make_keyword(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                  const struct mcp_schema_keyword *keyword) {
    const json_t *value = json_object_get(node->json, keyword->name);
    if (value == NULL || !is_switched_on(keyword, &node->resource->dialect))
        return MCP_OK;
    return keyword->make(builder, node, keyword, value);
}

static enum mcp_code make_each(struct mcp_schema_builder *builder, struct mcp_schema_node *node) {
    bool is_draft_07 = node->resource->dialect.draft == MCP_SCHEMA_DRAFT_07;
    /* Draft-07, core section 8.3: all other properties of an object with $ref are ignored. */
    bool is_reference = is_draft_07 && json_object_get(node->json, "$ref") != NULL;
    for (size_t i = 0; i < MCP_COUNT(keywords); i++)
        if (!is_reference || keywords[i].op == MCP_RULE_REF)
            MCP_TRY(make_keyword(builder, node, &keywords[i]));
    return MCP_OK;
}

static enum mcp_code store_rules(struct mcp_schema_builder *builder, struct mcp_schema_node *node) {
    size_t count = builder->rule_count;
    struct mcp_schema_rule *rules = mcp_schema_take(builder, count, sizeof *rules);
    if (rules == NULL)
        return MCP_E_NOMEM;
    if (count > 0)
        memcpy(rules, builder->rules, count * sizeof *rules);
    node->rules = rules;
    node->rule_count = count;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_rules(struct mcp_schema_builder *builder,
                                    struct mcp_schema_node *node) {
    if (json_is_boolean(node->json)) {
        node->verdict = json_is_true(node->json) ? MCP_VERDICT_ALWAYS : MCP_VERDICT_NEVER;
        return MCP_OK;
    }
    builder->rule_count = 0;
    MCP_TRY(make_each(builder, node));
    node->verdict = builder->rule_count == 0 ? MCP_VERDICT_ALWAYS : MCP_VERDICT_BY_RULES;
    return store_rules(builder, node);
}

struct mcp_schema_rule *mcp_schema_add_rule(struct mcp_schema_builder *builder,
                                            const struct mcp_schema_keyword *keyword) {
    struct mcp_schema_rule *rule = &builder->rules[builder->rule_count++];
    *rule = (struct mcp_schema_rule){.op = keyword->op, .keyword = keyword->name};
    return rule;
}
