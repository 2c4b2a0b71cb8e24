/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_scope.json. */
#include "oauth_client/oauth_scope.h"
#include "probe.h"

probe_fn probe_oauth_scope;

enum mcp_code probe_oauth_scope(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *lists = json_object_get(in, "add");
    if (lists == NULL)
        return probe_give(
            json_boolean(mcp_oauth_scope_has_all(mcp_json_str(json_object_get(in, "held")),
                                                 mcp_json_str(json_object_get(in, "wanted")))),
            out, err);
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf list = MCP_BUF_INIT((size_t)probe_int(in, "max", MCP_OAUTH_SCOPE_MAX_BYTES));
    for (size_t i = 0; i < json_array_size(lists); i++)
        mcp_oauth_scope_add(&list, mcp_json_str(json_array_get(lists, i)));
    MCP_TRY(mcp_buf_finish(&list, err));
    return probe_give(probe_text(mcp_buf_view(&list)), out, err);
}
