/* SPDX-License-Identifier: MIT */
/* schema_builder.c - memory, nodes and addresses; see schema_builder.h. Pure: no I/O, clock or log.
 */
#include "json/schema_builder.h"

#include <string.h>

#include "json/pointer.h"
#include "mcp/uri.h"

enum { WHERE_BYTES = 128 }; /* as err->where */

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

struct mcp_str mcp_schema_split(struct mcp_str reference, struct mcp_str *out_fragment) {
    size_t at = 0;
    while (at < reference.len && reference.ptr[at] != '#')
        at++;
    size_t after = at < reference.len ? at + 1 : at;
    *out_fragment = (struct mcp_str){reference.ptr + after, reference.len - after};
    return (struct mcp_str){reference.ptr, at};
}

enum mcp_code mcp_schema_absolute(struct mcp_schema_builder *builder, struct mcp_str base,
                                  struct mcp_str reference, struct mcp_buf *out) {
    struct mcp_err why = {0};
    enum mcp_code code = mcp_uri_resolve(base, reference, out, &why);
    if (code == MCP_OK)
        code = mcp_buf_finish(out, &why);
    if (code != MCP_OK)
        return MCP_FAIL(builder->err, code, "not a URI reference: %s", why.what);
    return MCP_OK;
}
