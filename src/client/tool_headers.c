/* SPDX-License-Identifier: MIT */
/* tool_headers.c - see tool_headers.h. Pure: no I/O, no clock, no log. */
#include "client/tool_headers.h"

#include "client/peer_text.h"
#include "protocol/header_codec.h"

static enum mcp_code keep(json_t *headers, const char *name, json_t *params, struct mcp_err *err) {
    if (json_array_size(params) == 0 || (json_object_get(headers, name) == NULL &&
                                         json_object_size(headers) >= MCP_TOOL_HEADERS_MAX_TOOLS)) {
        (void)json_object_del(headers, name);
        return MCP_OK;
    }
    if (json_object_set(headers, name, params) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a list of tools");
    return MCP_OK;
}

/* OK and *out_dropped: it breaks the rules. */
static enum mcp_code take_tool(const json_t *tool, json_t *headers, struct mcp_err *out_dropped,
                               struct mcp_err *err) {
    const char *name = json_string_value(json_object_get(tool, "name"));
    json_t *schema = json_object_get(tool, "inputSchema");
    json_auto_t *params = NULL;
    struct mcp_err why = {0};
    if (name == NULL || !json_is_object(schema))
        return MCP_OK; /* not ours to judge */
    enum mcp_code code = mcp_header_params_collect(schema, &params, &why);
    if (code == MCP_OK)
        return keep(headers, name, params, err);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "%s", why.what);
    (void)json_object_del(headers, name);
    (void)MCP_FAIL(out_dropped, code, "tool \"%s\" is left out, its x-mcp-header is invalid: %s",
                   mcp_peer_text(mcp_str_of(name)).text, why.what);
    (void)mcp_err_at(out_dropped, code, "%s", why.where);
    return MCP_OK;
}

enum mcp_code mcp_tool_headers_take(json_t *tools, json_t *headers, mcp_tool_dropped_fn *on_dropped,
                                    void *user, struct mcp_err *err) {
    size_t kept = 0;
    for (size_t i = 0; i < json_array_size(tools); i++) {
        struct mcp_err dropped = {0};
        json_t *tool = json_array_get(tools, i);
        MCP_TRY(take_tool(tool, headers, &dropped, err));
        if (dropped.code == MCP_OK)
            (void)json_array_set(tools, kept++, tool); /* no allocation: the place exists */
        else if (on_dropped != NULL)
            on_dropped(user, &dropped);
    }
    while (json_array_size(tools) > kept)
        (void)json_array_remove(tools, json_array_size(tools) - 1);
    return MCP_OK;
}
