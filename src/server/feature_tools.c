/* SPDX-License-Identifier: MIT */
/* feature_tools.c - tools/call; see features.h. */
#include "protocol/content.h"
#include "server/features.h"
#include "server/result_check.h"

static enum mcp_code error_result(const struct mcp_err *failure, struct mcp_result *result,
                                  struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(sizeof *failure);
    json_auto_t *content = json_array();
    mcp_buf_add(&text, mcp_str_of(failure->where));
    if (failure->where[0] != '\0')
        mcp_buf_add(&text, MCP_STR(": "));
    mcp_buf_add(&text, mcp_str_of(failure->what));
    MCP_TRY(mcp_buf_finish(&text, err));
    if (content == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_content_add_text(content, mcp_buf_view(&text), err));
    return mcp_result_take(result, json_pack("{s:O, s:b}", "content", content, "isError", 1), err);
}

enum mcp_code mcp_feature_tools_absorb(const struct mcp_err *failure, struct mcp_result *result,
                                       struct mcp_err *err) {
    bool is_ours = failure->code == MCP_E_CANCELLED || failure->code == MCP_E_NOMEM ||
                   failure->code == MCP_E_BUG;
    return is_ours ? failure->code : error_result(failure, result, err);
}

/* The arguments as the handler sees them: an object, made when the request has none. */
static enum mcp_code take_arguments(struct mcp_call *call, const json_t **out_arguments,
                                    struct mcp_err *err) {
    json_t *arguments = NULL;
    MCP_TRY(mcp_json_opt_object(call->message.params, "arguments", &arguments, err));
    if (arguments == NULL) {
        call->values = json_object();
        arguments = call->values;
    }
    if (arguments == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_arguments = arguments;
    return MCP_OK;
}

/* Arguments that break the schema: an error to the caller, or a result the model can learn from. */
static enum mcp_code refuse_arguments(struct mcp_call *call, const struct mcp_err *why,
                                      struct mcp_result *result, struct mcp_err *err) {
    struct mcp_err failure = {0};
    if (why->code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    (void)MCP_FAIL(&failure, MCP_E_INVALID, "%s", why->what);
    (void)mcp_err_at(&failure, MCP_E_INVALID, "/arguments%s", why->where);
    if (mcp_version_info(call->peer.version)->input_errors_are_results) {
        call->is_answered = true; /* there is nothing to run */
        return error_result(&failure, result, err);
    }
    *err = failure;
    return failure.code;
}

enum mcp_code mcp_feature_tools_enter(struct mcp_call *call, struct mcp_result *result,
                                      struct mcp_err *err) {
    const char *name = NULL;
    const json_t *arguments = NULL;
    struct mcp_err why = {0};
    MCP_TRY(mcp_json_get_string(call->message.params, "name", &name, err));
    const struct mcp_tool_entry *entry = mcp_catalog_tool(&call->server->catalog, name);
    if (entry == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "unknown tool \"%s\"", name);
    MCP_TRY(take_arguments(call, &arguments, err));
    call->target = entry;
    call->where = entry->row.where;
    if (mcp_schema_validate(entry->input, arguments, NULL, NULL, &why) != MCP_OK)
        return refuse_arguments(call, &why, result, err);
    return MCP_OK;
}

enum mcp_code mcp_feature_tools_run(struct mcp_call *call, struct mcp_result *result,
                                    struct mcp_err *err) {
    const struct mcp_tool *row = &((const struct mcp_tool_entry *)call->target)->row;
    const json_t *arguments = json_object_get(call->message.params, "arguments");
    return row->run(call, arguments != NULL ? arguments : call->values, result, row->user, err);
}

/* A broken promise is our fault, and nobody else would tell whoever runs the server. */
enum mcp_code mcp_feature_tools_check(const struct mcp_call *call, const struct mcp_result *result,
                                      struct mcp_err *err) {
    const struct mcp_tool_entry *entry = call->target;
    const struct mcp_server_options *options = &call->server->options;
    struct mcp_err why = {0};
    enum mcp_code code = mcp_result_check(result, entry->output, &why);
    if (code == MCP_OK)
        return MCP_OK;
    if (code != MCP_E_NOMEM && options->on_broken_promise != NULL)
        options->on_broken_promise(options->on_broken_promise_user, entry->row.name, &why);
    if (err != NULL)
        *err = why;
    return code;
}
