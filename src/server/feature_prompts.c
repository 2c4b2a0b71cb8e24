/* SPDX-License-Identifier: MIT */
/* feature_prompts.c - prompts/get; see features.h. */
#include "server/features.h"

static enum mcp_code refuse(struct mcp_err *err, const char *what, const char *name) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "%s \"%s\"", what, name), "/arguments");
}

static enum mcp_code check_required(const struct mcp_prompt *row, const json_t *arguments,
                                    struct mcp_err *err) {
    for (size_t i = 0; i < row->argument_count; i++) {
        const struct mcp_prompt_argument *argument = &row->arguments[i];
        if (argument->is_required && json_object_get(arguments, argument->name) == NULL)
            return refuse(err, "missing required argument", argument->name);
    }
    return MCP_OK;
}

static enum mcp_code check_strings(json_t *arguments, struct mcp_err *err) {
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(arguments, key, value) if (!json_is_string(value)) return refuse(
        err, "expected a string for", key);
    return MCP_OK;
}

enum mcp_code mcp_feature_prompts_enter(struct mcp_call *call, struct mcp_result *result,
                                        struct mcp_err *err) {
    (void)result;
    const char *name = NULL;
    json_t *arguments = NULL;
    MCP_TRY(mcp_json_get_string(call->message.params, "name", &name, err));
    MCP_TRY(mcp_json_opt_object(call->message.params, "arguments", &arguments, err));
    const struct mcp_prompt_entry *entry = mcp_catalog_prompt(&call->server->catalog, name);
    if (entry == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "unknown prompt \"%s\"", name);
    call->values = arguments != NULL ? json_incref(arguments) : json_object();
    if (call->values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    call->target = entry;
    call->where = entry->row.where;
    MCP_TRY(check_strings(call->values, err));
    return check_required(&entry->row, call->values, err);
}

enum mcp_code mcp_feature_prompts_run(struct mcp_call *call, struct mcp_result *result,
                                      struct mcp_err *err) {
    const struct mcp_prompt *row = &((const struct mcp_prompt_entry *)call->target)->row;
    return row->get(call, call->values, result, row->user, err);
}
