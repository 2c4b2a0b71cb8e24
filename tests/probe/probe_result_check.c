/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/result_check.json. */
#include "mcp/alloc.h"
#include "probe.h"
#include "server/result_check.h"

probe_fn probe_result_check;

static enum mcp_code carry(const json_t *in, struct mcp_result *result, struct mcp_err *err) {
    const char *key = json_string_value(json_object_get(in, "encoded"));
    if (key == NULL)
        return MCP_OK;
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *blob = mcp_blob_new(MCP_STR("[1]"));
    if (blob == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_result_set_encoded(result, key, blob);
    return MCP_OK;
}

enum mcp_code probe_result_check(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_result_deinit) struct mcp_result result = {0};
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *output = NULL;
    const json_t *schema = json_object_get(in, "schema");
    size_t refused = mcp_alloc_refusals();
    const struct mcp_schema_options options = {.max_steps = (size_t)probe_int(in, "max_steps", 0)};
    if (schema != NULL)
        MCP_TRY(mcp_schema_compile(schema, &options, &output, err));
    if (json_object_get(in, "result") != NULL)
        MCP_TRY(mcp_result_take(&result, json_copy(json_object_get(in, "result")), err));
    MCP_TRY(carry(in, &result, err));
    if (mcp_alloc_refusals() != refused) /* a copy may lack members */
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_result_check(&result, output, err));
    return probe_give(json_true(), out, err);
}
