/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/rpc_error.json. */
#include <stdio.h>
#include <string.h>

#include "probe.h"
#include "protocol/rpc_error.h"

probe_fn probe_rpc_error;

static enum mcp_fault fault_named(const char *name) {
    for (int i = 0; mcp_fault_info((enum mcp_fault)i) != NULL; i++)
        if (strcmp(mcp_fault_info((enum mcp_fault)i)->name, name) == 0)
            return (enum mcp_fault)i;
    return (enum mcp_fault)99;
}

static enum mcp_code code_named(const char *name) {
    for (int i = MCP_OK; i <= MCP_E_BUG; i++)
        if (strcmp(mcp_code_name((enum mcp_code)i), name) == 0)
            return (enum mcp_code)i;
    return (enum mcp_code)99;
}

static enum mcp_code make(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *cause_in = json_object_get(in, "cause");
    const char *where = json_string_value(json_object_get(cause_in, "where"));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf what = MCP_BUF_INIT(4096);
    struct mcp_err cause = {0};
    struct mcp_rpc_error error;
    if (json_object_get(cause_in, "what") != NULL)
        MCP_TRY(probe_bytes(json_object_get(cause_in, "what"), &what, err));
    (void)snprintf(cause.where, sizeof cause.where, "%s", where != NULL ? where : "");
    (void)snprintf(cause.what, sizeof cause.what, "%s", mcp_buf_view(&what).ptr);
    mcp_rpc_error_make(fault_named(json_string_value(json_object_get(in, "fault"))),
                       mcp_version_parse(mcp_json_str(json_object_get(in, "version"))),
                       cause_in != NULL ? &cause : NULL, &error);
    return probe_give(json_pack("{s:i, s:i, s:s}", "code", error.code, "status", error.http_status,
                                "message", error.message),
                      out, err);
}

static enum mcp_code of(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *during = json_string_value(json_object_get(in, "during"));
    enum mcp_fault_context context = MCP_DURING_REQUEST;
    if (during[0] == 'p')
        context = MCP_DURING_PARSE;
    else if (strcmp(during, "read") == 0)
        context = MCP_DURING_READ;
    enum mcp_code code = code_named(json_string_value(json_object_get(in, "of")));
    return probe_give(json_string(mcp_fault_info(mcp_fault_of(code, context))->name), out, err);
}

static enum mcp_code table(json_t **out, struct mcp_err *err) {
    json_auto_t *rows = json_array();
    for (int i = 0; mcp_fault_info((enum mcp_fault)i) != NULL; i++) {
        const struct mcp_fault_info *info = mcp_fault_info((enum mcp_fault)i);
        json_t *row = json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "name", info->name, "message",
                                info->message, "legacy_code", info->legacy_code, "modern_code",
                                info->modern_code, "legacy_status", info->legacy_status,
                                "modern_status", info->modern_status);
        if (row == NULL || json_array_append_new(rows, row) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(MCP_TAKE(rows), out, err);
}

enum mcp_code probe_rpc_error(const json_t *in, json_t **out, struct mcp_err *err) {
    if (json_object_get(in, "fault") != NULL)
        return make(in, out, err);
    if (json_object_get(in, "of") != NULL)
        return of(in, out, err);
    if (json_object_get(in, "table") != NULL)
        return table(out, err);
    const char *uri = json_string_value(json_object_get(in, "data_uri"));
    const char *path = json_string_value(json_object_get(in, "data_capability"));
    if (uri != NULL)
        return probe_give(mcp_rpc_data_uri(uri), out, err);
    if (path != NULL)
        return probe_give(mcp_rpc_data_capability(path), out, err);
    const char *requested = json_string_value(json_object_get(in, "data_versions"));
    return probe_give(mcp_rpc_data_versions(requested), out, err);
}
