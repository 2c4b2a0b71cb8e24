/* SPDX-License-Identifier: MIT */
/* schema_compile.c - see schema_compile.h. Pure: no I/O, no clock, no log. */
#include "json/schema_compile.h"

#include "json/schema_builder.h"
#include "json/schema_dialect.h"

enum { MAX_URI_BYTES = 8192 };

/* Base of a document that has none, so that relative identifiers in it find one another. */
#define NO_BASE "schema:/"

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
