/* SPDX-License-Identifier: MIT */
/* header_params.c - x-mcp-header annotations; see header_codec.h. Pure: no I/O, no clock, no log.
 */
#include <string.h>

#include "json/pointer.h"
#include "mcp/alloc.h"
#include "protocol/header_codec.h"

#define ANNOTATION "x-mcp-header"
#define PREFIX     "Mcp-Param-"

enum role {
    SCHEMA, /* keys are keywords */
    NAMES,  /* keys are names, values are schemas */
    LIST
};

/* One level of the schema being walked; `key` (or `next` - 1 in a list) is where the walk is. */
struct frame {
    json_t *node;
    void *iter;
    size_t next;
    const char *key;
    enum role role;
    bool is_reachable; /* from the root through properties alone */
};

struct walk {
    json_t *found; /* the params collected so far */
    size_t depth;
    struct frame stack[MCP_HEADER_MAX_SCHEMA_DEPTH];
};

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* Put the place of the walk in front of a failure, as a pointer into the schema. */
static enum mcp_code at_place(const struct walk *walk, enum mcp_code code, struct mcp_err *err) {
    char text[sizeof err->where] = "";
    struct mcp_buf pointer = {.data = text, .cap = sizeof text, .max = sizeof text - 1};
    for (size_t i = 0; i < walk->depth; i++) {
        const struct frame *frame = &walk->stack[i];
        if (frame->role == LIST)
            mcp_pointer_add_index(&pointer, frame->next - 1);
        else
            mcp_pointer_add_key(&pointer, mcp_str_of(frame->key));
    }
    return mcp_err_at(err, code, "%s", text);
}

static bool is_one_of(const char *word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool holds_data(const char *keyword) {
    static const char *const words[] = {"default", "enum", "const", "examples"};
    return is_one_of(keyword, words, MCP_COUNT(words));
}

static bool holds_names(const char *keyword) {
    static const char *const words[] = {"properties", "patternProperties", "dependentSchemas",
                                        "$defs", "definitions"};
    return is_one_of(keyword, words, MCP_COUNT(words));
}

static bool is_token(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        bool is_alnum = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                        (byte >= 'A' && byte <= 'Z');
        if (!is_alnum && (byte == '\0' || strchr("!#$%&'*+-.^_`|~", byte) == NULL))
            return false;
    }
    return text.len > 0;
}

static bool is_taken(const json_t *found, struct mcp_str suffix) {
    for (size_t i = 0; i < json_array_size(found); i++) {
        struct mcp_str name = mcp_json_str(json_object_get(json_array_get(found, i), "header"));
        name = (struct mcp_str){name.ptr + strlen(PREFIX), name.len - strlen(PREFIX)};
        if (mcp_http_equal_nocase(name, suffix))
            return true;
    }
    return false;
}

static bool is_mirrored_type(const json_t *schema) {
    static const char *const words[] = {"string", "integer", "boolean"};
    const char *type = json_string_value(json_object_get(schema, "type"));
    return type != NULL && is_one_of(type, words, MCP_COUNT(words));
}

/* The names of the properties that lead to the annotated one. */
static json_t *path_of(const struct walk *walk) {
    json_auto_t *path = json_array();
    for (size_t i = 0; i < walk->depth; i++)
        if (walk->stack[i].role == NAMES &&
            json_array_append_new(path, json_string(walk->stack[i].key)) != 0)
            return NULL;
    return json_incref(path);
}

static enum mcp_code add_param(struct walk *walk, const json_t *value, struct mcp_err *err) {
    const struct frame *frame = &walk->stack[walk->depth - 1];
    struct mcp_str suffix = mcp_json_str(value);
    if (!frame->is_reachable || walk->depth < 3)
        return MCP_FAIL(err, MCP_E_SCHEMA, "not on a property reached through properties alone");
    if (!json_is_string(value) || !is_token(suffix))
        return MCP_FAIL(err, MCP_E_SCHEMA,
                        "expected a header name of letters, digits and "
                        "!#$%%&'*+-.^_`|~");
    if (!is_mirrored_type(frame->node))
        return MCP_FAIL(err, MCP_E_SCHEMA,
                        "on a property that is not exactly of type string, "
                        "integer or boolean");
    if (is_taken(walk->found, suffix))
        return MCP_FAIL(err, MCP_E_SCHEMA, "\"%s\" stands twice in the schema", suffix.ptr);
    if (json_array_size(walk->found) == MCP_HEADER_MAX_PARAMS)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d annotations", MCP_HEADER_MAX_PARAMS);
    json_auto_t *header = json_sprintf("%s%s", PREFIX, suffix.ptr);
    json_t *param = json_pack("{s:O, s:o}", "header", header, "path", path_of(walk));
    if (param == NULL || json_array_append_new(walk->found, param) != 0)
        return no_memory(err);
    return MCP_OK;
}

static enum mcp_code push(struct walk *walk, json_t *node, enum role role, bool is_reachable,
                          struct mcp_err *err) {
    if (!json_is_object(node) && !json_is_array(node))
        return MCP_OK; /* true, false, "type": "string" */
    if (walk->depth == MCP_COUNT(walk->stack))
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d levels deep", MCP_HEADER_MAX_SCHEMA_DEPTH);
    walk->stack[walk->depth++] =
        (struct frame){.node = node,
                       .iter = json_object_iter(node),
                       .role = json_is_array(node) ? LIST : role,
                       .is_reachable = is_reachable && json_is_object(node)};
    return MCP_OK;
}

/* One member or element of the top frame. */
static enum mcp_code step(struct walk *walk, struct mcp_err *err) {
    struct frame *top = &walk->stack[walk->depth - 1];
    if (top->role == LIST) {
        json_t *element = json_array_get(top->node, top->next++);
        return push(walk, element, SCHEMA, false, err);
    }
    json_t *value = json_object_iter_value(top->iter);
    top->key = json_object_iter_key(top->iter);
    top->iter = json_object_iter_next(top->node, top->iter);
    if (top->role == NAMES)
        return push(walk, value, SCHEMA, top->is_reachable, err);
    if (strcmp(top->key, ANNOTATION) == 0)
        return add_param(walk, value, err);
    if (holds_data(top->key))
        return MCP_OK;
    bool is_reachable = top->is_reachable && strcmp(top->key, "properties") == 0;
    return push(walk, value, holds_names(top->key) ? NAMES : SCHEMA, is_reachable, err);
}

static bool is_done(const struct frame *frame) {
    return frame->role == LIST ? frame->next >= json_array_size(frame->node) : frame->iter == NULL;
}

enum mcp_code mcp_header_params_collect(json_t *input_schema, json_t **out_params,
                                        struct mcp_err *err) {
    json_auto_t *found = json_array();
    if (found == NULL)
        return no_memory(err);
    struct walk walk;
    walk.found = found;
    walk.depth = 0;
    MCP_TRY(push(&walk, input_schema, SCHEMA, true, err));
    while (walk.depth > 0) {
        if (is_done(&walk.stack[walk.depth - 1])) {
            walk.depth--;
            continue;
        }
        enum mcp_code code = step(&walk, err);
        if (code != MCP_OK)
            return at_place(&walk, code, err);
    }
    *out_params = MCP_TAKE(found);
    return MCP_OK;
}

const json_t *mcp_header_param_value(const json_t *param, const json_t *arguments) {
    const json_t *path = json_object_get(param, "path");
    const json_t *value = arguments;
    for (size_t i = 0; i < json_array_size(path); i++)
        value = json_object_get(value, json_string_value(json_array_get(path, i)));
    return json_is_null(value) ? NULL : value;
}

static enum mcp_code check_one(const json_t *param, const json_t *arguments,
                               const struct mcp_http_head *head, struct mcp_err *err) {
    struct mcp_str name = mcp_json_str(json_object_get(param, "header"));
    const json_t *value = mcp_header_param_value(param, arguments);
    size_t count = 0;
    const struct mcp_str *text = mcp_http_find(head, name, &count);
    if (count > 1)
        return MCP_FAIL(err, MCP_E_INVALID, "the header is sent %zu times", count);
    if (value == NULL && text != NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "the header is sent, but the argument is absent");
    if (value != NULL && text == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "the header is missing");
    return value != NULL ? mcp_header_compare(*text, value, err) : MCP_OK;
}

enum mcp_code mcp_header_params_check(const json_t *params, const json_t *arguments,
                                      const struct mcp_http_head *head, struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(params); i++) {
        const json_t *param = json_array_get(params, i);
        enum mcp_code code = check_one(param, arguments, head, err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "%s", json_string_value(json_object_get(param, "header")));
    }
    return MCP_OK;
}
