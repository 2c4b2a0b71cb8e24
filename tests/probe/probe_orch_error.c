/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/orch_error.json. */
#include "mcp/alloc.h"
#include "orchestrator/orch_error.h"
#include "probe.h"

probe_fn probe_orch_error;

static void discard(struct orch_error *error) {
    orch_error_deinit(error);
}

enum mcp_code probe_orch_error(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(discard) struct orch_error error = ORCH_ERROR_INIT;
    MCP_AUTO(discard) struct orch_error copy = ORCH_ERROR_INIT;
    json_auto_t *none = json_array();
    size_t refused = mcp_alloc_refusals();
    enum orch_error_kind kind = (enum orch_error_kind)probe_int(in, "kind", ORCH_E_CONNECTION);
    (void)orch_error_set_servers(&error, kind, json_string_value(json_object_get(in, "summary")),
                                 json_object_get(in, "failures"));
    (void)orch_error_set_servers(&error, ORCH_E_OTHER, "a consequence", none);
    orch_error_copy(&error, &copy);
    json_auto_t *result = orch_error_to_json(&copy);
    if (result == NULL || mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(result), out, err);
}
