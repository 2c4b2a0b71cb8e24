/* SPDX-License-Identifier: MIT */
/* schema_applicators.c - keywords that hold subschemas; see schema_builder.h. Pure. */
#include <stdlib.h>

#include "json/schema_builder.h"

static const struct mcp_schema_step nowhere = {{NULL, 0}, 0, false};

static struct mcp_schema_step at_key(struct mcp_str key) {
    return (struct mcp_schema_step){.key = key};
}

static struct mcp_schema_step at_index(size_t index) {
    return (struct mcp_schema_step){.index = index, .has_index = true};
}

/* The subschema that is the value of `keyword`; *out_node stays when there is none. */
static enum mcp_code take_single(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                 const char *keyword, const struct mcp_schema_node **out_node) {
    const json_t *value = json_object_get(node->json, keyword);
    return value != NULL ? mcp_schema_child(builder, node, keyword, nowhere, value, out_node)
                         : MCP_OK;
}

static enum mcp_code take_list(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                               const char *keyword, const json_t *value,
                               struct mcp_schema_nodes *out_nodes) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword, value, "an array"));
    size_t count = json_array_size(value);
    if (count == 0)
        return mcp_schema_blame(
            builder, node, keyword,
            MCP_FAIL(builder->err, MCP_E_SCHEMA, "expected at least one schema"));
    const struct mcp_schema_node **list = mcp_schema_take(builder, count, sizeof(void *));
    if (list == NULL)
        return MCP_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        MCP_TRY(mcp_schema_child(builder, node, keyword, at_index(i), json_array_get(value, i),
                                 &list[i]));
    *out_nodes = (struct mcp_schema_nodes){list, count};
    return MCP_OK;
}

static int order_entries(const void *a, const void *b) {
    const struct mcp_schema_entry *left = a;
    const struct mcp_schema_entry *right = b;
    size_t shorter = left->key.len < right->key.len ? left->key.len : right->key.len;
    int order = shorter > 0 ? memcmp(left->key.ptr, right->key.ptr, shorter) : 0;
    return order != 0 ? order : (left->key.len > right->key.len) - (left->key.len < right->key.len);
}

/* One entry for each member of `value`, keys only. */
static enum mcp_code take_keys(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                               const char *keyword, const json_t *value,
                               struct mcp_schema_entry **out_list) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword, value, "an object"));
    size_t count = json_object_size(value);
    MCP_TRY(mcp_schema_blame(builder, node, keyword, mcp_schema_count_values(builder, count)));
    struct mcp_schema_entry *list = mcp_schema_take(builder, count, sizeof *list);
    if (list == NULL)
        return MCP_E_NOMEM;
    json_t *open = mcp_schema_open(value);
    size_t i = 0;
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at))
        list[i++].key = (struct mcp_str){json_object_iter_key(at), json_object_iter_key_len(at)};
    *out_list = list;
    return MCP_OK;
}

static enum mcp_code take_map(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                              const char *keyword, const json_t *value,
                              struct mcp_schema_entries *out_entries) {
    struct mcp_schema_entry *list = NULL;
    MCP_TRY(take_keys(builder, node, keyword, value, &list));
    size_t count = json_object_size(value);
    for (size_t i = 0; i < count; i++)
        MCP_TRY(mcp_schema_child(builder, node, keyword, at_key(list[i].key),
                                 json_object_getn(value, list[i].key.ptr, list[i].key.len),
                                 &list[i].node));
    *out_entries = (struct mcp_schema_entries){list, count};
    return MCP_OK;
}

static enum mcp_code take_named(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                struct mcp_schema_entries *out_entries) {
    const json_t *value = json_object_get(node->json, "properties");
    if (value == NULL)
        return MCP_OK;
    struct mcp_schema_entries given = {0};
    MCP_TRY(take_map(builder, node, "properties", value, &given));
    struct mcp_schema_entry *sorted = mcp_schema_take(builder, given.count, sizeof *sorted);
    if (sorted == NULL)
        return MCP_E_NOMEM;
    for (size_t i = 0; i < given.count; i++)
        sorted[i] = given.list[i];
    qsort(sorted, given.count, sizeof *sorted, order_entries);
    *out_entries = (struct mcp_schema_entries){sorted, given.count};
    return MCP_OK;
}

static enum mcp_code take_patterns(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                   struct mcp_schema_entries *out_entries) {
    static const char keyword[] = "patternProperties";
    const json_t *value = json_object_get(node->json, keyword);
    if (value == NULL)
        return MCP_OK;
    struct mcp_schema_entry *list = NULL;
    MCP_TRY(take_keys(builder, node, keyword, value, &list));
    size_t count = json_object_size(value);
    for (size_t i = 0; i < count; i++) {
        struct mcp_str key = list[i].key;
        MCP_TRY(mcp_schema_add_pattern(builder, node, keyword, key, &list[i].pattern));
        MCP_TRY(mcp_schema_child(builder, node, keyword, at_key(key),
                                 json_object_getn(value, key.ptr, key.len), &list[i].node));
    }
    *out_entries = (struct mcp_schema_entries){list, count};
    return MCP_OK;
}

/* The three keywords, or two, that share a rule make it once. */
static bool has_rule(const struct mcp_schema_builder *builder, enum mcp_schema_op op) {
    for (size_t i = 0; i < builder->rule_count; i++)
        if (builder->rules[i].op == op)
            return true;
    return false;
}

enum mcp_code mcp_schema_make_members(struct mcp_schema_builder *builder,
                                      struct mcp_schema_node *node,
                                      const struct mcp_schema_keyword *keyword,
                                      const json_t *value) {
    (void)value;
    if (has_rule(builder, MCP_RULE_MEMBERS))
        return MCP_OK;
    struct mcp_schema_members *members = mcp_schema_take(builder, 1, sizeof *members);
    if (members == NULL)
        return MCP_E_NOMEM;
    MCP_TRY(take_named(builder, node, &members->named));
    MCP_TRY(take_patterns(builder, node, &members->patterns));
    MCP_TRY(take_single(builder, node, "additionalProperties", &members->rest));
    mcp_schema_add_rule(builder, keyword)->as.members = members;
    return MCP_OK;
}

static enum mcp_code take_items(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                struct mcp_schema_items *items) {
    bool is_draft_07 = node->resource->dialect.draft == MCP_SCHEMA_DRAFT_07;
    const json_t *list = json_object_get(node->json, is_draft_07 ? "items" : "prefixItems");
    items->prefix_keyword = is_draft_07 ? "items" : "prefixItems";
    items->rest_keyword = is_draft_07 && json_is_array(list) ? "additionalItems" : "items";
    if (json_is_array(list) || (!is_draft_07 && list != NULL))
        MCP_TRY(take_list(builder, node, items->prefix_keyword, list, &items->prefix));
    return take_single(builder, node, items->rest_keyword, &items->rest);
}

enum mcp_code mcp_schema_make_items(struct mcp_schema_builder *builder,
                                    struct mcp_schema_node *node,
                                    const struct mcp_schema_keyword *keyword, const json_t *value) {
    (void)value;
    if (has_rule(builder, MCP_RULE_ITEMS))
        return MCP_OK;
    struct mcp_schema_items *items = mcp_schema_take(builder, 1, sizeof *items);
    if (items == NULL)
        return MCP_E_NOMEM;
    MCP_TRY(take_items(builder, node, items));
    mcp_schema_add_rule(builder, keyword)->as.items = items;
    return MCP_OK;
}

/* minContains and maxContains are of 2020-12, and of its validation vocabulary. */
static enum mcp_code take_bound(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                const char *keyword, size_t *out_count) {
    const struct mcp_schema_dialect *dialect = &node->resource->dialect;
    bool is_used = dialect->draft != MCP_SCHEMA_DRAFT_07 && dialect->has_validation;
    const json_t *value = json_object_get(node->json, keyword);
    return is_used && value != NULL
               ? mcp_schema_read_count(builder, node, keyword, value, out_count)
               : MCP_OK;
}

enum mcp_code mcp_schema_make_contains(struct mcp_schema_builder *builder,
                                       struct mcp_schema_node *node,
                                       const struct mcp_schema_keyword *keyword,
                                       const json_t *value) {
    struct mcp_schema_contains *contains = mcp_schema_take(builder, 1, sizeof *contains);
    if (contains == NULL)
        return MCP_E_NOMEM;
    contains->min = 1;
    contains->max = SIZE_MAX;
    contains->marks_items = node->resource->dialect.draft != MCP_SCHEMA_DRAFT_07;
    MCP_TRY(take_bound(builder, node, "minContains", &contains->min));
    MCP_TRY(take_bound(builder, node, "maxContains", &contains->max));
    MCP_TRY(mcp_schema_child(builder, node, keyword->name, nowhere, value, &contains->node));
    mcp_schema_add_rule(builder, keyword)->as.contains = contains;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_ref(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                  const struct mcp_schema_keyword *keyword, const json_t *value) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword->name, value, "a string"));
    const struct mcp_schema_node *target = NULL;
    struct mcp_str anchor = {NULL, 0};
    MCP_TRY(mcp_schema_blame(
        builder, node, keyword->name,
        mcp_schema_resolve(builder, node->resource, mcp_json_str(value), &target, &anchor)));
    mcp_schema_add_rule(builder, keyword)->as.node = target;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_dynamic_ref(struct mcp_schema_builder *builder,
                                          struct mcp_schema_node *node,
                                          const struct mcp_schema_keyword *keyword,
                                          const json_t *value) {
    MCP_TRY(mcp_schema_expect(builder, node, keyword->name, value, "a string"));
    struct mcp_schema_dynamic *dynamic = mcp_schema_take(builder, 1, sizeof *dynamic);
    if (dynamic == NULL)
        return MCP_E_NOMEM;
    MCP_TRY(mcp_schema_blame(builder, node, keyword->name,
                             mcp_schema_resolve(builder, node->resource, mcp_json_str(value),
                                                &dynamic->node, &dynamic->anchor)));
    mcp_schema_add_rule(builder, keyword)->as.dynamic = dynamic;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_branches(struct mcp_schema_builder *builder,
                                       struct mcp_schema_node *node,
                                       const struct mcp_schema_keyword *keyword,
                                       const json_t *value) {
    struct mcp_schema_nodes nodes = {0};
    MCP_TRY(take_list(builder, node, keyword->name, value, &nodes));
    mcp_schema_add_rule(builder, keyword)->as.nodes = nodes;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_single(struct mcp_schema_builder *builder,
                                     struct mcp_schema_node *node,
                                     const struct mcp_schema_keyword *keyword,
                                     const json_t *value) {
    const struct mcp_schema_node *child = NULL;
    MCP_TRY(mcp_schema_child(builder, node, keyword->name, nowhere, value, &child));
    mcp_schema_add_rule(builder, keyword)->as.node = child;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_unevaluated(struct mcp_schema_builder *builder,
                                          struct mcp_schema_node *node,
                                          const struct mcp_schema_keyword *keyword,
                                          const json_t *value) {
    node->has_unevaluated = true;
    return mcp_schema_make_single(builder, node, keyword, value);
}

enum mcp_code mcp_schema_make_if(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                                 const struct mcp_schema_keyword *keyword, const json_t *value) {
    struct mcp_schema_condition *condition = mcp_schema_take(builder, 1, sizeof *condition);
    if (condition == NULL)
        return MCP_E_NOMEM;
    MCP_TRY(mcp_schema_child(builder, node, keyword->name, nowhere, value, &condition->test));
    MCP_TRY(take_single(builder, node, "then", &condition->then));
    MCP_TRY(take_single(builder, node, "else", &condition->otherwise));
    mcp_schema_add_rule(builder, keyword)->as.condition = condition;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_dependent_schemas(struct mcp_schema_builder *builder,
                                                struct mcp_schema_node *node,
                                                const struct mcp_schema_keyword *keyword,
                                                const json_t *value) {
    struct mcp_schema_entries entries = {0};
    MCP_TRY(take_map(builder, node, keyword->name, value, &entries));
    if (entries.count > 0)
        mcp_schema_add_rule(builder, keyword)->as.entries = entries;
    return MCP_OK;
}

static enum mcp_code take_required(struct mcp_schema_builder *builder,
                                   const struct mcp_schema_node *node, const char *keyword,
                                   const json_t *value, struct mcp_schema_entry *entry) {
    struct mcp_schema_names names = {0};
    MCP_TRY(mcp_schema_read_names(builder, node, keyword, value, &names));
    entry->names = names.list;
    entry->name_count = names.count;
    return MCP_OK;
}

enum mcp_code mcp_schema_make_dependent_required(struct mcp_schema_builder *builder,
                                                 struct mcp_schema_node *node,
                                                 const struct mcp_schema_keyword *keyword,
                                                 const json_t *value) {
    struct mcp_schema_entry *list = NULL;
    MCP_TRY(take_keys(builder, node, keyword->name, value, &list));
    size_t count = json_object_size(value);
    for (size_t i = 0; i < count; i++)
        MCP_TRY(take_required(builder, node, keyword->name,
                              json_object_getn(value, list[i].key.ptr, list[i].key.len), &list[i]));
    mcp_schema_add_rule(builder, keyword)->as.entries = (struct mcp_schema_entries){list, count};
    return MCP_OK;
}

/* Draft-07: each member is a list of keys, or a schema. */
enum mcp_code mcp_schema_make_dependencies(struct mcp_schema_builder *builder,
                                           struct mcp_schema_node *node,
                                           const struct mcp_schema_keyword *keyword,
                                           const json_t *value) {
    struct mcp_schema_entry *list = NULL;
    MCP_TRY(take_keys(builder, node, keyword->name, value, &list));
    size_t count = json_object_size(value);
    for (size_t i = 0; i < count; i++) {
        const json_t *member = json_object_getn(value, list[i].key.ptr, list[i].key.len);
        if (json_is_array(member))
            MCP_TRY(take_required(builder, node, keyword->name, member, &list[i]));
        else
            MCP_TRY(mcp_schema_child(builder, node, keyword->name, at_key(list[i].key), member,
                                     &list[i].node));
    }
    mcp_schema_add_rule(builder, keyword)->as.entries = (struct mcp_schema_entries){list, count};
    return MCP_OK;
}

enum mcp_code mcp_schema_check_schema(struct mcp_schema_builder *builder,
                                      struct mcp_schema_node *node,
                                      const struct mcp_schema_keyword *keyword,
                                      const json_t *value) {
    const struct mcp_schema_node *child = NULL;
    return mcp_schema_child(builder, node, keyword->name, nowhere, value, &child);
}

enum mcp_code mcp_schema_check_definitions(struct mcp_schema_builder *builder,
                                           struct mcp_schema_node *node,
                                           const struct mcp_schema_keyword *keyword,
                                           const json_t *value) {
    struct mcp_schema_entries entries = {0};
    return take_map(builder, node, keyword->name, value, &entries);
}
