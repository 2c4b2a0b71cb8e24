/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/describe.json. */
#include "database/describe.h"
#include "probe.h"

probe_fn probe_describe;

enum mcp_code probe_describe(const json_t *in, json_t **out, struct mcp_err *err) {
    json_t *body MCP_AUTO(mcp_json_decref) = NULL;
    json_t *mismatches MCP_AUTO(mcp_json_decref) = json_array();
    const json_t *descriptions = json_object_get(in, "descriptions");
    const char *name = NULL;
    if (mismatches == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_json_get_string(in, "server_name", &name, err));
    if (descriptions != NULL)
        MCP_TRY(database_describe_check(descriptions, err));
    MCP_TRY(database_describe_merge(
        json_object_get(in, "catalogue"),
        &(struct database_writing){name, descriptions, json_object_get(in, "exposure")}, &body,
        mismatches, err));
    return probe_give(json_pack("{s:O, s:O}", "body", body, "mismatches", mismatches), out, err);
}
