/* SPDX-License-Identifier: MIT */
/* feature_logging.c - logging/setLevel; see features.h. */
#include "server/features.h"

enum mcp_code mcp_feature_set_level(struct mcp_call *call, struct mcp_result *result,
                                    struct mcp_err *err) {
    (void)result;
    const char *level = NULL;
    enum mcp_severity severity = MCP_SEVERITY_DEBUG;
    MCP_TRY(mcp_json_get_string(call->message.params, "level", &level, err));
    if (!mcp_severity_parse(level, &severity))
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "unknown level \"%s\"", level),
                          "/level");
    atomic_store(&call->box->level, (int)severity);
    return MCP_OK;
}
