/* SPDX-License-Identifier: MIT */
/* result_check.c - see result_check.h. Pure: no I/O, no clock, no log. */
#include "server/result_check.h"

#include <string.h>

static const char key[] = "structuredContent";

static bool is_encoded(const struct mcp_result *result) {
    for (size_t i = 0; i < MCP_COUNT(result->encoded); i++)
        if (result->encoded[i].key != NULL && strcmp(result->encoded[i].key, key) == 0)
            return true;
    return false;
}

static enum mcp_code check(const json_t *content, const struct mcp_schema *output,
                           struct mcp_err *err) {
    struct mcp_err why = {0};
    if (content == NULL)
        return mcp_err_at(
            err, MCP_FAIL(err, MCP_E_SCHEMA, "the tool's answer lacks what its schema promises"),
            "/%s", key);
    enum mcp_code code = mcp_schema_validate(output, content, NULL, NULL, &why);
    if (code == MCP_OK)
        return MCP_OK;
    (void)MCP_FAIL(err, code, "the tool's answer breaks its output schema: %s", why.what);
    return mcp_err_at(err, code, "/%s%s", key, why.where);
}

enum mcp_code mcp_result_check(const struct mcp_result *result, const struct mcp_schema *output,
                               struct mcp_err *err) {
    bool is_exempt = output == NULL || is_encoded(result) ||
                     json_is_true(json_object_get(result->members, "isError"));
    return is_exempt ? MCP_OK : check(json_object_get(result->members, key), output, err);
}
