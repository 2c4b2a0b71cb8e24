/* SPDX-License-Identifier: MIT */
/* conf_expand.c - ${NAME} in configuration values; see conf_yaml.h. Pure: no I/O, no clock. */
#include <string.h>

#include "mcp/utf8.h"
#include "program/conf_env.h"
#include "program/conf_yaml.h"

enum { MAX_POINTER_BYTES = 2 * MCP_YAML_MAX_BYTES };

static enum mcp_code add_variable(struct mcp_str name, char *const *envp, struct mcp_buf *out,
                                  struct mcp_err *err) {
    const char *text = mcp_env_get(envp, name);
    if (text == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND,
                        "the environment variable \"%.*s\" is not set: set it, or write $${ for a "
                        "literal ${",
                        (int)(name.len < 64 ? name.len : 64), name.ptr);
    struct mcp_str value = mcp_str_of(text);
    if (mcp_utf8_valid_prefix(value) < value.len)
        return MCP_FAIL(err, MCP_E_INVALID, "the value of \"%.*s\" is not UTF-8",
                        (int)(name.len < 64 ? name.len : 64), name.ptr);
    mcp_buf_add(out, value);
    return MCP_OK;
}

/* text begins after "${"; *out_used counts the name and the brace. */
static enum mcp_code take_variable(struct mcp_str text, char *const *envp, struct mcp_buf *out,
                                   size_t *out_used, struct mcp_err *err) {
    size_t len = mcp_env_name_len(text);
    if (len == 0 || len == text.len || text.ptr[len] != '}')
        return MCP_FAIL(err, MCP_E_SYNTAX, "expected ${NAME}, or $${ for a literal ${");
    *out_used = len + 1;
    return add_variable((struct mcp_str){text.ptr, len}, envp, out, err);
}

static bool begins_with(struct mcp_str text, size_t at, struct mcp_str word) {
    return text.len - at >= word.len && memcmp(text.ptr + at, word.ptr, word.len) == 0;
}

static enum mcp_code expand_text(struct mcp_str text, char *const *envp, struct mcp_buf *out,
                                 struct mcp_err *err) {
    for (size_t at = 0; at < text.len;) {
        size_t used = 1;
        if (begins_with(text, at, MCP_STR("$${"))) {
            mcp_buf_add(out, MCP_STR("${"));
            used = 3;
        } else if (begins_with(text, at, MCP_STR("${"))) {
            struct mcp_str rest = {text.ptr + at + 2, text.len - at - 2};
            MCP_TRY(take_variable(rest, envp, out, &used, err));
            used += 2;
        } else {
            mcp_buf_addc(out, text.ptr[at]);
        }
        at += used;
    }
    return mcp_buf_finish(out, err);
}

static enum mcp_code expand_string(json_t *string, char *const *envp, struct mcp_err *err) {
    struct mcp_str text = mcp_json_str(string);
    if (text.len == 0 || memchr(text.ptr, '$', text.len) == NULL)
        return MCP_OK;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(MCP_EXPAND_MAX_BYTES);
    MCP_TRY(expand_text(text, envp, &out, err));
    if (json_string_setn_nocheck(string, out.data != NULL ? out.data : "", out.len) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

/* Where the walk stands in one container. */
struct level {
    json_t *container;
    void *member; /* iterator of an object; NULL at its end */
    size_t index; /* of the next element of an array */
    size_t path_len;
};

/* The next value of the level, its token added to the path; NULL at the end. */
static json_t *next_value(struct level *level, struct mcp_buf *path) {
    if (path->len > level->path_len) {
        path->len = level->path_len;
        path->data[path->len] = '\0';
    }
    if (json_is_array(level->container)) {
        json_t *value = json_array_get(level->container, level->index);
        mcp_pointer_add_index(path, level->index++);
        return value;
    }
    json_t *value = json_object_iter_value(level->member);
    if (value == NULL)
        return NULL;
    mcp_pointer_add_key(path, mcp_str_of(json_object_iter_key(level->member)));
    level->member = json_object_iter_next(level->container, level->member);
    return value;
}

struct walk {
    struct level stack[MCP_YAML_MAX_DEPTH];
    size_t depth;
    struct mcp_buf *path;
    char *const *envp;
};

static enum mcp_code enter(struct walk *walk, json_t *container, struct mcp_err *err) {
    if (walk->depth == MCP_YAML_MAX_DEPTH)
        return MCP_FAIL(err, MCP_E_LIMIT, "nested more than %d deep", MCP_YAML_MAX_DEPTH);
    walk->stack[walk->depth++] =
        (struct level){container, json_object_iter(container), 0, walk->path->len};
    return MCP_OK;
}

static enum mcp_code visit(struct walk *walk, json_t *value, struct mcp_err *err) {
    if (json_is_string(value))
        return expand_string(value, walk->envp, err);
    if (json_is_object(value) || json_is_array(value))
        return enter(walk, value, err);
    return MCP_OK;
}

static enum mcp_code expand_all(json_t *root, char *const *envp, struct mcp_buf *path,
                                struct mcp_err *err) {
    struct walk walk = {.path = path, .envp = envp};
    MCP_TRY(visit(&walk, root, err));
    while (walk.depth > 0) {
        json_t *value = next_value(&walk.stack[walk.depth - 1], path);
        MCP_TRY(mcp_buf_finish(path, err));
        if (value == NULL)
            walk.depth--;
        else
            MCP_TRY(visit(&walk, value, err));
    }
    return MCP_OK;
}

enum mcp_code mcp_conf_expand(json_t *root, char *const *envp, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf path = MCP_BUF_INIT(MAX_POINTER_BYTES);
    enum mcp_code code = expand_all(root, envp, &path, err);
    if (code == MCP_OK || path.len == 0)
        return code;
    return mcp_err_at(err, code, "%s", path.data);
}
