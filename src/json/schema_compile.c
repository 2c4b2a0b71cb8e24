/* SPDX-License-Identifier: MIT */
/* schema_compile.c - see schema_compile.h. Pure: no I/O, no clock, no log. */
#include "json/schema_compile.h"

#include "json/pointer.h"
#include "json/schema_builder.h"
#include "json/schema_dialect.h"

enum { WHERE_BYTES = 128, MAX_URI_BYTES = 8192 };

/* Base of a document that has none, so that relative identifiers in it find one another. */
#define NO_BASE "schema:/"

void *mcp_schema_take(struct mcp_schema_builder *builder, size_t count, size_t size) {
    void *taken = mcp_schema_arena_take(&builder->schema->arena, count, size);
    if (taken == NULL)
        (void)MCP_FAIL(builder->err, MCP_E_NOMEM, "out of memory");
    return taken;
}

enum mcp_code mcp_schema_copy(struct mcp_schema_builder *builder, struct mcp_str text,
                              struct mcp_str *out_copy) {
    char *copy = mcp_schema_take(builder, text.len + 1, 1);
    if (copy == NULL)
        return MCP_E_NOMEM;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    *out_copy = (struct mcp_str){copy, text.len};
    return MCP_OK;
}

enum mcp_code mcp_schema_count_values(struct mcp_schema_builder *builder, size_t count) {
    if (count > MCP_SCHEMA_MAX_VALUES - builder->value_count)
        return MCP_FAIL(builder->err, MCP_E_LIMIT, "more than %d values and keys in the schema",
                        (int)MCP_SCHEMA_MAX_VALUES);
    builder->value_count += count;
    return MCP_OK;
}

static void add_place(const struct mcp_schema_node *node, struct mcp_buf *out) {
    if (node->parent == NULL) {
        mcp_buf_add(out, node->origin);
        return;
    }
    add_place(node->parent, out); /* as deep as subschemas are nested */
    mcp_pointer_add_key(out, mcp_str_of(node->keyword));
    if (node->step.key.ptr != NULL)
        mcp_pointer_add_key(out, node->step.key);
    else if (node->step.has_index)
        mcp_pointer_add_index(out, node->step.index);
}

enum mcp_code mcp_schema_blame(struct mcp_schema_builder *builder,
                               const struct mcp_schema_node *node, const char *keyword,
                               enum mcp_code code) {
    /* A place in another document, where a reference led, says more than the reference's. */
    bool is_elsewhere =
        builder->err != NULL && builder->err->where[0] != '\0' && builder->err->where[0] != '/';
    if (code == MCP_OK || is_elsewhere)
        return code;
    char bytes[WHERE_BYTES] = "";
    struct mcp_buf where = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1};
    add_place(node, &where);
    mcp_pointer_add_key(&where, mcp_str_of(keyword));
    return mcp_err_at(builder->err, code, "%s", bytes);
}

static enum mcp_code new_node(struct mcp_schema_builder *builder, struct mcp_str key,
                              const struct mcp_schema_node *draft,
                              const struct mcp_schema_node **out_node) {
    if (!json_is_object(draft->json) && !json_is_boolean(draft->json))
        return MCP_FAIL(builder->err, MCP_E_SCHEMA,
                        "expected a schema (an object or a boolean), got %s",
                        mcp_json_type_name(draft->json));
    if (builder->node_count >= builder->max_subschemas)
        return MCP_FAIL(builder->err, MCP_E_LIMIT, "more than %zu subschemas",
                        builder->max_subschemas);
    if (draft->depth > builder->max_depth)
        return MCP_FAIL(builder->err, MCP_E_LIMIT, "subschemas nested more than %zu deep",
                        builder->max_depth);
    struct mcp_schema_node *node = mcp_schema_take(builder, 1, sizeof *node);
    if (node == NULL)
        return MCP_E_NOMEM;
    *node = *draft;
    MCP_TRY(mcp_map_put(builder->nodes, key, node, builder->err));
    builder->node_count++;
    if (builder->last != NULL)
        builder->last->next = node;
    else
        builder->first = node;
    builder->last = node;
    *out_node = node;
    return MCP_OK;
}

/* The node known for this subschema, or a new one made after `draft`. */
static enum mcp_code get_node(struct mcp_schema_builder *builder,
                              const struct mcp_schema_node *draft,
                              const struct mcp_schema_node **out_node) {
    const struct mcp_schema_address address = {draft->json, draft->resource};
    struct mcp_str key = mcp_schema_key(&address);
    const struct mcp_schema_node *known = mcp_map_get(builder->nodes, key);
    if (known == NULL)
        return new_node(builder, key, draft, out_node);
    *out_node = known;
    return MCP_OK;
}

enum mcp_code mcp_schema_child(struct mcp_schema_builder *builder,
                               const struct mcp_schema_node *parent, const char *keyword,
                               struct mcp_schema_step step, const json_t *json,
                               const struct mcp_schema_node **out_node) {
    const struct mcp_schema_resource *resource =
        mcp_map_get(builder->by_root, mcp_schema_key(&(struct mcp_schema_address){json, NULL}));
    const struct mcp_schema_node draft = {
        .json = json,
        .resource = resource != NULL ? resource : parent->resource,
        .parent = parent,
        .keyword = keyword,
        .step = step,
        .depth = parent->depth + 1,
    };
    enum mcp_code code = get_node(builder, &draft, out_node);
    if (code == MCP_OK)
        return code;
    char bytes[WHERE_BYTES] = "";
    struct mcp_buf where = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1};
    add_place(&draft, &where);
    return mcp_err_at(builder->err, code, "%s", bytes);
}

enum mcp_code mcp_schema_reach(struct mcp_schema_builder *builder, const json_t *json,
                               const struct mcp_schema_resource *resource, struct mcp_str origin,
                               const struct mcp_schema_node **out_node) {
    const struct mcp_schema_node draft = {
        .json = json, .resource = resource, .origin = origin, .depth = 1};
    return get_node(builder, &draft, out_node);
}

static enum mcp_code make_queued(struct mcp_schema_builder *builder) {
    while (builder->first != NULL) {
        struct mcp_schema_node *node = builder->first;
        builder->first = node->next;
        if (builder->first == NULL)
            builder->last = NULL;
        node->next = NULL;
        MCP_TRY(mcp_schema_make_rules(builder, node));
    }
    return MCP_OK;
}

/* Any of them may be what a $dynamicRef finds, so each needs its rules. */
static enum mcp_code reach_anchors(struct mcp_schema_builder *builder,
                                   const struct mcp_schema_resource *resource) {
    for (struct mcp_schema_anchor *at = resource->anchors; at != NULL; at = at->next)
        if (at->is_dynamic && at->node == NULL)
            MCP_TRY(mcp_schema_reach(builder, at->json, resource, resource->uri, &at->node));
    return MCP_OK;
}

/* Rules may lead to further documents, and these hold further anchors. */
static enum mcp_code make_all(struct mcp_schema_builder *builder) {
    const struct mcp_schema_resource *done = NULL;
    enum mcp_code code = make_queued(builder);
    while (code == MCP_OK && builder->resources != done) {
        const struct mcp_schema_resource *newest = builder->resources;
        for (const struct mcp_schema_resource *at = newest; code == MCP_OK && at != done;
             at = at->next)
            code = reach_anchors(builder, at);
        done = newest;
        if (code == MCP_OK)
            code = make_queued(builder);
    }
    return code;
}

static enum mcp_code build_root(struct mcp_schema_builder *builder, const json_t *root,
                                const char *base_uri) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf base = MCP_BUF_INIT(MAX_URI_BYTES);
    struct mcp_str given = mcp_str_of(base_uri != NULL ? base_uri : NO_BASE);
    struct mcp_str fragment = MCP_STR("");
    enum mcp_code code =
        mcp_schema_absolute(builder, given, mcp_schema_split(given, &fragment), &base);
    if (code != MCP_OK)
        return mcp_err_at(builder->err, code, "base URI");
    const struct mcp_schema_resource *resource = NULL;
    MCP_TRY(mcp_schema_index(builder, root, mcp_buf_view(&base), &resource));
    builder->dialect = resource->dialect;
    MCP_TRY(mcp_schema_reach(builder, root, resource, MCP_STR(""), &builder->schema->root));
    return make_all(builder);
}

static enum mcp_code take_options(struct mcp_schema_builder *builder,
                                  const struct mcp_schema_options *options) {
    size_t depth = options->max_depth;
    if (depth > MCP_SCHEMA_MAX_DEPTH)
        return MCP_FAIL(builder->err, MCP_E_INVALID, "max_depth is more than %d",
                        (int)MCP_SCHEMA_MAX_DEPTH);
    builder->remotes = options->remotes;
    builder->dialect = mcp_schema_dialect_of(options->draft);
    builder->assert_format = options->assert_format;
    builder->max_depth = depth > 0 ? depth : MCP_SCHEMA_DEFAULT_DEPTH;
    builder->max_subschemas =
        options->max_subschemas > 0 ? options->max_subschemas : MCP_SCHEMA_DEFAULT_SUBSCHEMAS;
    builder->schema->max_depth = builder->max_depth;
    builder->schema->max_steps =
        options->max_steps > 0 ? options->max_steps : MCP_SCHEMA_DEFAULT_STEPS;
    return MCP_OK;
}

static enum mcp_code make_maps(struct mcp_schema_builder *builder) {
    MCP_TRY(mcp_map_new(0, NULL, &builder->by_uri, builder->err));
    MCP_TRY(mcp_map_new(0, NULL, &builder->by_root, builder->err));
    return mcp_map_new(0, NULL, &builder->nodes, builder->err);
}

static void deinit_builder(struct mcp_schema_builder *builder) {
    mcp_map_free(builder->by_uri);
    mcp_map_free(builder->by_root);
    mcp_map_free(builder->nodes);
}

enum mcp_code mcp_schema_build(struct mcp_schema *schema, const json_t *root,
                               const struct mcp_schema_options *options, struct mcp_err *err) {
    static const struct mcp_schema_options defaults = {0};
    const struct mcp_schema_options *given = options != NULL ? options : &defaults;
    MCP_AUTO(deinit_builder) struct mcp_schema_builder builder = {.schema = schema, .err = err};
    MCP_TRY(take_options(&builder, given));
    MCP_TRY(make_maps(&builder));
    MCP_TRY(mcp_schema_matcher_new(&schema->matcher, err));
    return build_root(&builder, root, given->base_uri);
}
