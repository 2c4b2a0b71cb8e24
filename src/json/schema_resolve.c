/* SPDX-License-Identifier: MIT */
/* schema_resolve.c - where references lead; see schema_builder.h. Pure: no I/O, clock or log. */
#include "json/pointer.h"
#include "json/schema_builder.h"
#include "json/schema_dialect.h"
#include "mcp/uri.h"

enum {
    MAX_URI_BYTES = MCP_URI_MAX_BYTES,
    SHOWN_BYTES = 160,
    MAX_ORIGIN_BYTES = 2 * MCP_URI_MAX_BYTES
};

static int shown(struct mcp_str text) {
    return (int)(text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES);
}

/* A remote whose $id, not its key, is `uri`. */
static const json_t *find_by_id(const json_t *remotes, struct mcp_str uri) {
    json_t *open = mcp_schema_open(remotes);
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at)) {
        const json_t *root = json_object_iter_value(at);
        struct mcp_str id = mcp_json_str(json_object_get(root, "$id"));
        if (id.len > 0 && mcp_str_equal(mcp_schema_plain_uri(id), uri))
            return root;
    }
    return NULL;
}

static enum mcp_code parse_metaschema(struct mcp_schema_builder *builder, const char *text,
                                      struct mcp_str uri,
                                      const struct mcp_schema_resource **out_resource) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &root, builder->err));
    return mcp_schema_index(builder, root, uri, out_resource);
}

/* The document at the absolute `uri`, indexed now if it was not before. */
static enum mcp_code load(struct mcp_schema_builder *builder, struct mcp_str uri,
                          const struct mcp_schema_resource **out_resource) {
    const struct mcp_schema_resource *known = mcp_map_get(builder->by_uri, uri);
    if (known != NULL) {
        *out_resource = known;
        return MCP_OK;
    }
    const json_t *root = json_object_getn(builder->remotes, uri.ptr, uri.len);
    if (root == NULL)
        root = find_by_id(builder->remotes, uri);
    const char *text = root == NULL ? mcp_schema_metaschema(uri) : NULL;
    enum mcp_code code = MCP_OK;
    if (root != NULL)
        code = mcp_schema_index(builder, root, uri, out_resource);
    else if (text != NULL)
        code = parse_metaschema(builder, text, uri, out_resource);
    else
        return MCP_FAIL(builder->err, MCP_E_UNSUPPORTED,
                        "the reference leads to \"%.*s\", which is not among the given documents",
                        shown(uri), uri.ptr);
    return code == MCP_OK ? code : mcp_err_at(builder->err, code, "%.*s#", shown(uri), uri.ptr);
}

/* Follow a JSON Pointer from the root of *resource; identifiers on the way change the resource. */
static enum mcp_code follow(struct mcp_schema_builder *builder, struct mcp_str pointer,
                            const struct mcp_schema_resource **resource, const json_t **out_json) {
    const json_t *json = (*resource)->root;
    size_t at = 0;
    while (at < pointer.len) {
        size_t end = at + 1;
        while (end < pointer.len && pointer.ptr[end] != '/')
            end++;
        json_t *next = NULL;
        enum mcp_code code =
            mcp_pointer_get(json, (struct mcp_str){pointer.ptr + at, end - at}, &next, NULL);
        if (code != MCP_OK)
            return MCP_FAIL(builder->err, code, "the reference leads to nothing at \"%.*s\"",
                            shown((struct mcp_str){pointer.ptr, end}), pointer.ptr);
        json = next;
        const struct mcp_schema_resource *inner =
            mcp_map_get(builder->by_root, mcp_schema_key(&(struct mcp_schema_address){json, NULL}));
        if (inner != NULL)
            *resource = inner;
        at = end;
    }
    *out_json = json;
    return MCP_OK;
}

static const struct mcp_schema_anchor *find_anchor(const struct mcp_schema_resource *resource,
                                                   struct mcp_str name) {
    const struct mcp_schema_anchor *found = NULL;
    for (const struct mcp_schema_anchor *at = resource->anchors; at != NULL; at = at->next)
        if (mcp_str_equal(at->name, name) && (found == NULL || at->is_dynamic))
            found = at;
    return found;
}

static enum mcp_code find_place(struct mcp_schema_builder *builder, struct mcp_str fragment,
                                const struct mcp_schema_resource **resource,
                                const json_t **out_json, struct mcp_str *out_anchor) {
    if (fragment.len == 0 || fragment.ptr[0] == '/')
        return follow(builder, fragment, resource, out_json);
    const struct mcp_schema_anchor *anchor = find_anchor(*resource, fragment);
    if (anchor == NULL)
        return MCP_FAIL(builder->err, MCP_E_NOT_FOUND, "no anchor \"%.*s\" there", shown(fragment),
                        fragment.ptr);
    *out_json = anchor->json;
    if (anchor->is_dynamic)
        *out_anchor = anchor->name;
    return MCP_OK;
}

/* What errors in the target are located by: its pointer alone inside the first document. */
static enum mcp_code describe(struct mcp_schema_builder *builder,
                              const struct mcp_schema_resource *resource, struct mcp_str fragment,
                              struct mcp_str *out_origin) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_ORIGIN_BYTES);
    const struct mcp_schema_node *root = builder->schema->root;
    if (root == NULL || root->resource != resource) {
        mcp_buf_add(&text, resource->uri);
        mcp_buf_addc(&text, '#');
    }
    mcp_buf_add(&text, fragment);
    MCP_TRY(mcp_buf_finish(&text, builder->err));
    return mcp_schema_copy(builder, mcp_buf_view(&text), out_origin);
}

/* The percent-encoded fragment of a reference, decoded. */
static enum mcp_code decode(struct mcp_schema_builder *builder, struct mcp_str encoded,
                            struct mcp_buf *out) {
    struct mcp_err why = {0};
    enum mcp_code code = mcp_uri_decode(encoded, out, &why);
    if (code == MCP_OK)
        code = mcp_buf_finish(out, &why);
    if (code != MCP_OK)
        return MCP_FAIL(builder->err, code, "not a URI reference: %s", why.what);
    return MCP_OK;
}

/* The resource a reference without fragment leads to; an empty one stays. */
static enum mcp_code find_resource(struct mcp_schema_builder *builder, struct mcp_str reference,
                                   const struct mcp_schema_resource **resource) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf uri = MCP_BUF_INIT(MAX_URI_BYTES);
    if (reference.len == 0)
        return MCP_OK;
    MCP_TRY(mcp_schema_absolute(builder, (*resource)->uri, reference, &uri));
    return load(builder, mcp_buf_view(&uri), resource);
}

enum mcp_code mcp_schema_resolve(struct mcp_schema_builder *builder,
                                 const struct mcp_schema_resource *from, struct mcp_str reference,
                                 const struct mcp_schema_node **out_node,
                                 struct mcp_str *out_anchor) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf fragment = MCP_BUF_INIT(MAX_URI_BYTES);
    struct mcp_str encoded = MCP_STR("");
    struct mcp_str document = mcp_schema_split(reference, &encoded);
    const struct mcp_schema_resource *start = from;
    MCP_TRY(find_resource(builder, document, &start));
    MCP_TRY(decode(builder, encoded, &fragment));
    const struct mcp_schema_resource *resource = start;
    const json_t *json = NULL;
    struct mcp_str origin = MCP_STR("");
    MCP_TRY(find_place(builder, mcp_buf_view(&fragment), &resource, &json, out_anchor));
    MCP_TRY(describe(builder, start, mcp_buf_view(&fragment), &origin));
    return mcp_schema_reach(builder, json, resource, origin, out_node);
}
