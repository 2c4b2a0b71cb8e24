/* SPDX-License-Identifier: MIT */
/* schema_index.c - identifiers and anchors of a document; see schema_builder.h. Pure. */
#include <ctype.h>

#include "json/pointer.h"
#include "json/schema_builder.h"
#include "json/schema_dialect.h"

enum { DRAFT_07 = 1, DRAFT_2020_12 = 2, BOTH = 3, WHERE_BYTES = 128, MAX_URI_BYTES = 8192 };

/* Where subschemas stand. Anything else may hold text that looks like an identifier, but is not. */
enum shape { ONE, LIST, MAP, ONE_OR_LIST };

static const struct {
    const char *keyword;
    unsigned drafts;
    enum shape shape;
} places[] = {
    {"$defs", DRAFT_2020_12, MAP},
    {"definitions", BOTH, MAP},
    {"properties", BOTH, MAP},
    {"patternProperties", BOTH, MAP},
    {"additionalProperties", BOTH, ONE},
    {"propertyNames", BOTH, ONE},
    {"prefixItems", DRAFT_2020_12, LIST},
    {"items", BOTH, ONE_OR_LIST},
    {"additionalItems", DRAFT_07, ONE},
    {"contains", BOTH, ONE},
    {"allOf", BOTH, LIST},
    {"anyOf", BOTH, LIST},
    {"oneOf", BOTH, LIST},
    {"not", BOTH, ONE},
    {"if", BOTH, ONE},
    {"then", BOTH, ONE},
    {"else", BOTH, ONE},
    {"dependentSchemas", DRAFT_2020_12, MAP},
    {"dependencies", DRAFT_07, MAP},
    {"unevaluatedItems", DRAFT_2020_12, ONE},
    {"unevaluatedProperties", DRAFT_2020_12, ONE},
    {"contentSchema", DRAFT_2020_12, ONE},
};

static enum mcp_code at_key(struct mcp_err *err, enum mcp_code code, struct mcp_str key) {
    char bytes[WHERE_BYTES] = "";
    struct mcp_buf pointer = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1};
    mcp_pointer_add_key(&pointer, key);
    return mcp_err_at(err, code, "%s", bytes);
}

static bool is_draft_07(const struct mcp_schema_resource *resource) {
    return resource->dialect.draft == MCP_SCHEMA_DRAFT_07;
}

/* ^[A-Za-z_][-A-Za-z0-9._]*$ of the core metaschema. */
static bool is_anchor_name(struct mcp_str name) {
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.ptr[i];
        bool is_first = byte < 0x80 && (isalpha(byte) != 0 || byte == '_');
        bool is_more = byte < 0x80 && (isdigit(byte) != 0 || byte == '-' || byte == '.');
        if (!is_first && (i == 0 || !is_more))
            return false;
    }
    return name.len > 0;
}

static enum mcp_code add_anchor(struct mcp_schema_builder *builder,
                                struct mcp_schema_resource *resource, struct mcp_str name,
                                const json_t *json, bool is_dynamic) {
    for (const struct mcp_schema_anchor *at = resource->anchors; at != NULL; at = at->next)
        if (mcp_str_equal(at->name, name) && at->json != json)
            return MCP_FAIL(builder->err, MCP_E_SCHEMA, "the anchor \"%.*s\" is used twice",
                            (int)name.len, name.ptr);
    MCP_TRY(mcp_schema_count_values(builder, 1));
    struct mcp_schema_anchor *anchor = mcp_schema_take(builder, 1, sizeof *anchor);
    if (anchor == NULL)
        return MCP_E_NOMEM;
    *anchor = (struct mcp_schema_anchor){
        .next = resource->anchors, .name = name, .json = json, .is_dynamic = is_dynamic};
    resource->anchors = anchor;
    return MCP_OK;
}

static enum mcp_code add_named_anchor(struct mcp_schema_builder *builder,
                                      struct mcp_schema_resource *resource, const json_t *json,
                                      const char *keyword) {
    const json_t *value = json_object_get(json, keyword);
    if (value == NULL)
        return MCP_OK;
    enum mcp_code code = MCP_OK;
    if (!json_is_string(value) || !is_anchor_name(mcp_json_str(value)))
        code = MCP_FAIL(builder->err, MCP_E_SCHEMA,
                        "expected a name of letters, digits, \"-\", \"_\" and \".\"");
    else
        code = add_anchor(builder, resource, mcp_json_str(value), json, keyword[1] == 'd');
    return code == MCP_OK ? code : at_key(builder->err, code, mcp_str_of(keyword));
}

/* Register under `uri`; the first of two documents with one identifier is the one that counts. */
static enum mcp_code register_uri(struct mcp_schema_builder *builder, struct mcp_str uri,
                                  struct mcp_schema_resource *resource, bool is_within) {
    if (mcp_map_get(builder->by_uri, uri) == NULL)
        return mcp_map_put(builder->by_uri, uri, resource, builder->err);
    const struct mcp_schema_resource *other = mcp_map_get(builder->by_uri, uri);
    if (is_within && other != resource)
        return MCP_FAIL(builder->err, MCP_E_SCHEMA, "the identifier \"%.*s\" is used twice",
                        (int)(uri.len < 160 ? uri.len : 160), uri.ptr);
    return MCP_OK;
}

static enum mcp_code new_resource(struct mcp_schema_builder *builder, const json_t *root,
                                  struct mcp_str uri, const struct mcp_schema_resource *outer,
                                  struct mcp_schema_resource **out_resource) {
    struct mcp_schema_resource *resource = mcp_schema_take(builder, 1, sizeof *resource);
    if (resource == NULL)
        return MCP_E_NOMEM;
    resource->root = root;
    resource->dialect = outer != NULL ? outer->dialect : builder->dialect;
    const json_t *dialect = json_object_get(root, "$schema");
    if (dialect != NULL) {
        enum mcp_code code = mcp_schema_dialect_find(mcp_json_str(dialect), builder->remotes,
                                                     &resource->dialect, builder->err);
        if (code != MCP_OK)
            return at_key(builder->err, code, MCP_STR("$schema"));
    }
    MCP_TRY(mcp_schema_copy(builder, uri, &resource->uri));
    resource->next = builder->resources;
    builder->resources = resource;
    /* true and false are one value wherever they stand: no key for a map of places. */
    if (json_is_object(root))
        MCP_TRY(mcp_map_put(builder->by_root,
                            mcp_schema_key(&(struct mcp_schema_address){root, NULL}), resource,
                            builder->err));
    *out_resource = resource;
    return MCP_OK;
}

/* The identifier `json` has in its draft; empty when none. In draft-07, none beside a $ref. */
static struct mcp_str own_id(const struct mcp_schema_resource *resource, const json_t *json) {
    bool is_hidden = is_draft_07(resource) && json_object_get(json, "$ref") != NULL;
    return is_hidden ? MCP_STR("") : mcp_json_str(json_object_get(json, "$id"));
}

/* A part of a document with an identifier of its own. */
static enum mcp_code begin_resource(struct mcp_schema_builder *builder, const json_t *json,
                                    struct mcp_str reference,
                                    struct mcp_schema_resource **resource) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf uri = MCP_BUF_INIT(MAX_URI_BYTES);
    MCP_TRY(mcp_schema_absolute(builder, (*resource)->uri, reference, &uri));
    struct mcp_schema_resource *inner = NULL;
    MCP_TRY(new_resource(builder, json, mcp_buf_view(&uri), *resource, &inner));
    MCP_TRY(register_uri(builder, inner->uri, inner, true));
    *resource = inner;
    return MCP_OK;
}

static enum mcp_code enter_id(struct mcp_schema_builder *builder, const json_t *json,
                              struct mcp_str id, struct mcp_schema_resource **resource) {
    struct mcp_str fragment = MCP_STR("");
    struct mcp_str reference = mcp_schema_split(id, &fragment);
    if (fragment.len > 0 && !is_draft_07(*resource))
        return MCP_FAIL(builder->err, MCP_E_SCHEMA, "expected an identifier without fragment");
    enum mcp_code code = MCP_OK;
    if (reference.len > 0 && (*resource)->root != json)
        code = begin_resource(builder, json, reference, resource);
    if (code == MCP_OK && fragment.len > 0)
        code = add_anchor(builder, *resource, fragment, json, false);
    return code;
}

/* Identifiers and anchors of one subschema; *resource becomes the one it begins. */
static enum mcp_code identify(struct mcp_schema_builder *builder, const json_t *json,
                              struct mcp_schema_resource **resource) {
    struct mcp_str id = own_id(*resource, json);
    if (id.len > 0) {
        enum mcp_code code = enter_id(builder, json, id, resource);
        if (code != MCP_OK)
            return at_key(builder->err, code, MCP_STR("$id"));
    }
    if (is_draft_07(*resource))
        return MCP_OK;
    MCP_TRY(add_named_anchor(builder, *resource, json, "$anchor"));
    return add_named_anchor(builder, *resource, json, "$dynamicAnchor");
}

static enum mcp_code walk(struct mcp_schema_builder *builder, const json_t *json,
                          struct mcp_schema_resource *resource, size_t depth);

static enum mcp_code walk_list(struct mcp_schema_builder *builder, const json_t *list,
                               struct mcp_schema_resource *resource, size_t depth) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        enum mcp_code code = walk(builder, json_array_get(list, i), resource, depth);
        if (code != MCP_OK)
            return mcp_err_at(builder->err, code, "/%zu", i);
    }
    return MCP_OK;
}

static enum mcp_code walk_map(struct mcp_schema_builder *builder, const json_t *map,
                              struct mcp_schema_resource *resource, size_t depth) {
    json_t *open = mcp_schema_open(map);
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at)) {
        enum mcp_code code = walk(builder, json_object_iter_value(at), resource, depth);
        if (code != MCP_OK)
            return at_key(builder->err, code,
                          (struct mcp_str){json_object_iter_key(at), json_object_iter_key_len(at)});
    }
    return MCP_OK;
}

static enum mcp_code walk_place(struct mcp_schema_builder *builder, const json_t *value,
                                enum shape shape, struct mcp_schema_resource *resource,
                                size_t depth) {
    if (shape == MAP)
        return walk_map(builder, value, resource, depth);
    if (json_is_array(value) && shape != ONE)
        return walk_list(builder, value, resource, depth);
    return shape != LIST ? walk(builder, value, resource, depth) : MCP_OK;
}

static enum mcp_code walk(struct mcp_schema_builder *builder, const json_t *json,
                          struct mcp_schema_resource *resource, size_t depth) {
    if (!json_is_object(json))
        return MCP_OK;
    if (depth > builder->max_depth)
        return MCP_FAIL(builder->err, MCP_E_LIMIT, "subschemas nested more than %zu deep",
                        builder->max_depth);
    MCP_TRY(identify(builder, json, &resource));
    unsigned draft = is_draft_07(resource) ? DRAFT_07 : DRAFT_2020_12;
    for (size_t i = 0; i < MCP_COUNT(places); i++) {
        const json_t *value = json_object_get(json, places[i].keyword);
        if (value == NULL || (places[i].drafts & draft) == 0)
            continue;
        enum mcp_code code = walk_place(builder, value, places[i].shape, resource, depth + 1);
        if (code != MCP_OK)
            return at_key(builder->err, code, mcp_str_of(places[i].keyword));
    }
    return MCP_OK;
}

static enum mcp_code keep(struct mcp_schema_builder *builder, const json_t *root) {
    struct mcp_schema_document *document = mcp_schema_take(builder, 1, sizeof *document);
    if (document == NULL)
        return MCP_E_NOMEM;
    document->root = json_incref(mcp_schema_open(root));
    document->next = builder->schema->documents;
    builder->schema->documents = document;
    return MCP_OK;
}

/* The identifier a document gives itself; it stays known by where it was found, too. */
static enum mcp_code name_document(struct mcp_schema_builder *builder,
                                   struct mcp_schema_resource *resource) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf own = MCP_BUF_INIT(MAX_URI_BYTES);
    struct mcp_str fragment = MCP_STR("");
    struct mcp_str id = mcp_schema_split(own_id(resource, resource->root), &fragment);
    MCP_TRY(register_uri(builder, resource->uri, resource, false));
    if (id.len == 0)
        return MCP_OK;
    enum mcp_code code = mcp_schema_absolute(builder, resource->uri, id, &own);
    if (code != MCP_OK)
        return at_key(builder->err, code, MCP_STR("$id"));
    MCP_TRY(mcp_schema_copy(builder, mcp_buf_view(&own), &resource->uri));
    return register_uri(builder, resource->uri, resource, false);
}

enum mcp_code mcp_schema_index(struct mcp_schema_builder *builder, const json_t *root,
                               struct mcp_str uri,
                               const struct mcp_schema_resource **out_resource) {
    struct mcp_schema_resource *resource = NULL;
    MCP_TRY(keep(builder, root));
    MCP_TRY(new_resource(builder, root, uri, NULL, &resource));
    MCP_TRY(name_document(builder, resource));
    MCP_TRY(walk(builder, root, resource, 1));
    *out_resource = resource;
    return MCP_OK;
}
