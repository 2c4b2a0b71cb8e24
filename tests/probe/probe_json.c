/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/json.json. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/alloc.h"
#include "probe.h"

probe_fn probe_json;

static enum mcp_code rewrite(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1 << 24));
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    const json_t *pretty = json_object_get(in, "pretty");
    MCP_TRY(probe_bytes(pretty != NULL ? pretty : json_object_get(in, "parse"), &bytes, err));
    mcp_alloc_budget_begin((size_t)probe_int(in, "budget", 1 << 30));
    enum mcp_code code = mcp_json_parse(mcp_buf_view(&bytes), &root, err);
    mcp_alloc_budget_end();
    MCP_TRY(code);
    MCP_TRY(pretty != NULL ? mcp_json_write_pretty(root, &text, err)
                           : mcp_json_write(root, &text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}

static enum mcp_code nest(json_int_t depth, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    json_auto_t *root = json_array();
    for (json_int_t i = 1; i <= depth; i++) {
        json_t *outer = json_pack("[O]", root);
        json_decref(root);
        root = outer;
    }
    if (root == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_json_write(root, &text, err));
    return probe_give(json_integer((json_int_t)text.len), out, err);
}

static enum mcp_code add_real(const json_t *value, struct mcp_buf *text, struct mcp_err *err) {
    const char *word = json_string_value(value);
    double real = word != NULL ? strtod(word, NULL) : json_real_value(value);
    mcp_json_add_real(text, real);
    MCP_TRY(mcp_buf_finish(text, err));
    if (isfinite(real) && strtod(text->data, NULL) != real)
        return MCP_FAIL(err, MCP_E_BUG, "reads back as another number");
    return MCP_OK;
}

typedef void add_fn(struct mcp_buf *out, struct mcp_str text);

static enum mcp_code add_string(const json_t *value, add_fn *add, struct mcp_buf *text,
                                struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 24);
    MCP_TRY(probe_bytes(value, &bytes, err));
    add(text, mcp_buf_view(&bytes));
    return mcp_buf_finish(text, err);
}

static enum mcp_code scalar(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1 << 24));
    enum mcp_code code = MCP_OK;
    if (json_object_get(in, "string") != NULL)
        code = add_string(json_object_get(in, "string"), mcp_json_add_string, &text, err);
    else if (json_object_get(in, "json_string") != NULL)
        code = add_string(json_object_get(in, "json_string"), mcp_json_add_json_string, &text, err);
    else if (json_object_get(in, "real") != NULL)
        code = add_real(json_object_get(in, "real"), &text, err);
    else
        mcp_json_add_integer(&text, probe_int(in, "integer", 0));
    MCP_TRY(code);
    MCP_TRY(mcp_buf_finish(&text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}

static enum mcp_code get_tree(const json_t *in, bool is_array, json_t **out, struct mcp_err *err) {
    const json_t *of = json_object_get(in, "of");
    const char *key = json_string_value(json_object_get(in, "key"));
    bool is_optional = json_is_true(json_object_get(in, "optional"));
    json_t *value = NULL;
    if (is_array)
        MCP_TRY(is_optional ? mcp_json_opt_array(of, key, &value, err)
                            : mcp_json_get_array(of, key, &value, err));
    else
        MCP_TRY(is_optional ? mcp_json_opt_object(of, key, &value, err)
                            : mcp_json_get_object(of, key, &value, err));
    return probe_give(value != NULL ? json_incref(value) : json_string("absent"), out, err);
}

static enum mcp_code get_integer(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *of = json_object_get(in, "of");
    const char *key = json_string_value(json_object_get(in, "key"));
    int64_t min = probe_int(in, "min", INT64_MIN);
    int64_t max = probe_int(in, "max", INT64_MAX);
    int64_t number = -424242;
    MCP_TRY(json_is_true(json_object_get(in, "optional"))
                ? mcp_json_opt_integer(of, key, min, max, &number, err)
                : mcp_json_get_integer(of, key, min, max, &number, err));
    return probe_give(number != -424242 ? json_integer(number) : json_string("absent"), out, err);
}

static enum mcp_code get_string(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *of = json_object_get(in, "of");
    const char *key = json_string_value(json_object_get(in, "key"));
    const char *text = "absent";
    MCP_TRY(json_is_true(json_object_get(in, "optional"))
                ? mcp_json_opt_string(of, key, &text, err)
                : mcp_json_get_string(of, key, &text, err));
    return probe_give(json_string(text), out, err);
}

static enum mcp_code get_bool(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *key = json_string_value(json_object_get(in, "key"));
    bool is_set = json_is_true(json_object_get(in, "default"));
    MCP_TRY(mcp_json_opt_bool(json_object_get(in, "of"), key, &is_set, err));
    return probe_give(json_boolean(is_set), out, err);
}

static enum mcp_code get(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *type = json_string_value(json_object_get(in, "get"));
    if (strcmp(type, "string") == 0)
        return get_string(in, out, err);
    if (strcmp(type, "boolean") == 0)
        return get_bool(in, out, err);
    if (strcmp(type, "integer") == 0)
        return get_integer(in, out, err);
    return get_tree(in, strcmp(type, "array") == 0, out, err);
}

enum mcp_code probe_json(const json_t *in, json_t **out, struct mcp_err *err) {
    if (json_object_get(in, "parse") != NULL || json_object_get(in, "pretty") != NULL)
        return rewrite(in, out, err);
    if (json_object_get(in, "nest") != NULL)
        return nest(probe_int(in, "nest", 0), out, err);
    if (json_object_get(in, "get") != NULL)
        return get(in, out, err);
    if (json_object_get(in, "type") != NULL)
        return probe_give(json_string(mcp_json_type_name(json_object_get(in, "type"))), out, err);
    return scalar(in, out, err);
}
