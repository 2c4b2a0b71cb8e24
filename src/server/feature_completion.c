/* SPDX-License-Identifier: MIT */
/* feature_completion.c - completion/complete; see features.h. */
#include <string.h>

#include "server/features.h"

enum { MAX_VALUES = 100 }; /* of one answer; spec: utilities/completion */

/* Who proposes: the completer of a prompt or a template; `fn` NULL when it has none. */
struct completer {
    mcp_complete_fn *fn;
    void *user;
};

static enum mcp_code unknown(struct mcp_err *err, const char *where, const char *what,
                             const char *name) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "unknown %s \"%s\"", what, name), "%s",
                      where);
}

static enum mcp_code of_prompt(struct mcp_call *call, const json_t *ref, const char *argument,
                               struct mcp_err *err) {
    const char *name = NULL;
    MCP_TRY(mcp_json_get_string(ref, "name", &name, err));
    const struct mcp_prompt_entry *entry = mcp_catalog_prompt(&call->server->catalog, name);
    if (entry == NULL)
        return unknown(err, "/ref/name", "prompt", name);
    if (mcp_prompt_argument(entry, argument) == NULL)
        return unknown(err, "/argument/name", "argument", argument);
    call->target = entry;
    call->where = entry->row.where;
    return MCP_OK;
}

/* A URI without variables has nothing to complete: call->target stays NULL. */
static enum mcp_code of_resource(struct mcp_call *call, const json_t *ref, const char *argument,
                                 struct mcp_err *err) {
    const char *uri = NULL;
    MCP_TRY(mcp_json_get_string(ref, "uri", &uri, err));
    const struct mcp_catalog *catalog = &call->server->catalog;
    const struct mcp_template_entry *entry = mcp_catalog_template(catalog, mcp_str_of(uri));
    if (entry == NULL && mcp_catalog_resource(catalog, mcp_str_of(uri)) != NULL)
        return MCP_OK;
    if (entry == NULL)
        return unknown(err, "/ref/uri", "resource template", uri);
    if (!mcp_uri_template_has(&entry->parsed, mcp_str_of(argument)))
        return unknown(err, "/argument/name", "variable", argument);
    call->target = entry;
    call->where = entry->row.where;
    return MCP_OK;
}

static bool is_prompt(const json_t *ref) {
    return mcp_str_equal(mcp_json_str(json_object_get(ref, "type")), MCP_STR("ref/prompt"));
}

/* What is completed: its argument or variable by name, and the text there is of it. */
static enum mcp_code read_argument(const json_t *params, const char **out_name,
                                   struct mcp_err *err) {
    json_t *argument = NULL;
    const char *prefix = NULL;
    MCP_TRY(mcp_json_get_object(params, "argument", &argument, err));
    enum mcp_code code = mcp_json_get_string(argument, "name", out_name, err);
    if (code == MCP_OK)
        code = mcp_json_get_string(argument, "value", &prefix, err);
    return code == MCP_OK ? code : mcp_err_at(err, code, "/argument");
}

enum mcp_code mcp_feature_completion_enter(struct mcp_call *call, struct mcp_result *result,
                                           struct mcp_err *err) {
    (void)result;
    const json_t *params = call->message.params;
    json_t *ref = NULL;
    json_t *context = NULL;
    const char *type = NULL;
    const char *name = NULL;
    MCP_TRY(mcp_json_get_object(params, "ref", &ref, err));
    MCP_TRY(read_argument(params, &name, err));
    MCP_TRY(mcp_json_opt_object(params, "context", &context, err));
    MCP_TRY(mcp_json_get_string(ref, "type", &type, err));
    if (is_prompt(ref))
        return of_prompt(call, ref, name, err);
    if (strcmp(type, "ref/resource") == 0)
        return of_resource(call, ref, name, err);
    return unknown(err, "/ref/type", "reference", type);
}

static struct completer completer_of(const struct mcp_call *call, const json_t *ref) {
    if (call->target == NULL)
        return (struct completer){0};
    if (is_prompt(ref)) {
        const struct mcp_prompt *row = &((const struct mcp_prompt_entry *)call->target)->row;
        return (struct completer){row->complete, row->user};
    }
    const struct mcp_resource_template *row =
        &((const struct mcp_template_entry *)call->target)->row;
    return (struct completer){row->complete, row->user};
}

/* {"completion": {"values": at most 100, "total"?, "hasMore"}} */
static enum mcp_code give(const struct mcp_completion *completion, struct mcp_result *result,
                          struct mcp_err *err) {
    json_t *values = completion->values;
    size_t count = json_array_size(values);
    size_t all = completion->total > count ? completion->total : count;
    bool is_known = !completion->has_more || completion->total > 0;
    while (json_array_size(values) > MAX_VALUES)
        (void)json_array_remove(values, json_array_size(values) - 1);
    /* The completer gave all there are, unless it says otherwise. */
    json_t *total = is_known ? json_integer((json_int_t)all) : NULL;
    bool has_more = completion->has_more || all > json_array_size(values);
    if (total == NULL && is_known)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return mcp_result_take(result,
                           json_pack("{s:{s:O, s:o*, s:b}}", "completion", "values", values,
                                     "total", total, "hasMore", has_more),
                           err);
}

enum mcp_code mcp_feature_completion_run(struct mcp_call *call, struct mcp_result *result,
                                         struct mcp_err *err) {
    const json_t *params = call->message.params;
    const json_t *argument = json_object_get(params, "argument");
    struct completer completer = completer_of(call, json_object_get(params, "ref"));
    json_auto_t *values = json_array();
    struct mcp_completion completion = {
        .argument = json_string_value(json_object_get(argument, "name")),
        .prefix = json_string_value(json_object_get(argument, "value")),
        .context = json_object_get(json_object_get(params, "context"), "arguments"),
        .values = values};
    if (values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (completer.fn != NULL)
        MCP_TRY(completer.fn(call, &completion, completer.user, err));
    return give(&completion, result, err);
}
