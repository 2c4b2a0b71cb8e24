/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/merge.json. */
#include "mcp/alloc.h"
#include "orchestrator/merge.h"
#include "probe.h"
#include "probe_orch.h"

probe_fn probe_merge;

static enum mcp_code value(const json_t *in, json_t **out, struct mcp_err *err) {
    json_t *value = NULL;
    char remark[ORCH_REMARK_BYTES] = "";
    const char *mime = json_string_value(json_object_get(in, "mime"));
    MCP_TRY(orch_merge_value(json_object_get(in, "value"), mime, &value, remark, err));
    return probe_give(json_pack("{s:o, s:s}", "value", value, "remark", remark), out, err);
}

static enum mcp_code put(const json_t *items, json_t **out, struct mcp_err *err) {
    json_auto_t *resources = json_object();
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        MCP_TRY(orch_merge_put(resources, json_string_value(json_array_get(item, 0)),
                               json_string_value(json_array_get(item, 1)),
                               json_deep_copy(json_array_get(item, 2)), err));
    }
    return probe_give(MCP_TAKE(resources), out, err);
}

static enum mcp_code note(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *errors = json_array();
    const json_t *item = json_object_get(in, "note");
    struct mcp_err why = probe_failure(json_object_get(in, "error"));
    MCP_TRY(orch_merge_note(errors, json_string_value(json_array_get(item, 0)),
                            json_string_value(json_array_get(item, 1)), &why, err));
    return probe_give(MCP_TAKE(errors), out, err);
}

static enum mcp_code server(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *argv[2];
    json_auto_t *answer = json_object();
    struct orch_server server = probe_server(json_object_get(in, "server"), argv);
    MCP_TRY(orch_merge_server(answer, &server, json_object_get(in, "fetched"), err));
    return probe_give(MCP_TAKE(answer), out, err);
}

static enum mcp_code missing(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *argv[2];
    json_auto_t *list = json_array();
    struct orch_server server = probe_server(json_object_get(in, "missing"), argv);
    const json_t *fetched = json_object_get(in, "fetched");
    struct mcp_err why = probe_failure(json_object_get(in, "error"));
    const struct mcp_err none = {0};
    if (json_object_get(in, "age_ms") != NULL)
        MCP_TRY(orch_merge_stale(list, &server, (uint64_t)probe_int(in, "age_ms", 0),
                                 json_object_get(in, "error") != NULL ? &why : &none, err));
    else if (fetched != NULL)
        MCP_TRY(orch_merge_missing_resources(list, &server, fetched, err));
    else
        MCP_TRY(orch_merge_missing(list, &server, &why, err));
    return probe_give(MCP_TAKE(list), out, err);
}

enum mcp_code probe_merge(const json_t *in, json_t **out, struct mcp_err *err) {
    size_t refused = mcp_alloc_refusals();
    enum mcp_code code = MCP_OK;
    if (json_object_get(in, "value") != NULL)
        code = value(in, out, err);
    else if (json_object_get(in, "put") != NULL)
        code = put(json_object_get(in, "put"), out, err);
    else if (json_object_get(in, "note") != NULL)
        code = note(in, out, err);
    else if (json_object_get(in, "server") != NULL)
        code = server(in, out, err);
    else
        code = missing(in, out, err);
    if (code == MCP_OK && mcp_alloc_refusals() != refused) {
        json_decref(*out);
        *out = NULL;
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return code;
}
