/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/reload_plan.json. */
#include "orchestrator/reload_plan.h"
#include "probe.h"

probe_fn probe_reload_plan;

static enum mcp_code read_conf(const json_t *value, struct orch_conf **out_conf,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf yaml = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(value, &yaml, err));
    return orch_conf_parse(mcp_buf_view(&yaml), "c.yaml", NULL, out_conf, NULL, err);
}

enum mcp_code probe_reload_plan(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(orch_conf_freep) struct orch_conf *before = NULL;
    MCP_AUTO(orch_conf_freep) struct orch_conf *after = NULL;
    MCP_AUTO(orch_reload_plan_deinit) struct orch_reload_plan plan = ORCH_RELOAD_PLAN_INIT;
    if (json_object_get(in, "before") != NULL)
        MCP_TRY(read_conf(json_object_get(in, "before"), &before, err));
    MCP_TRY(read_conf(json_object_get(in, "after"), &after, err));
    MCP_TRY(orch_reload_plan_make(before, after, &plan, err));
    return probe_give(orch_reload_plan_to_json(&plan, before, after), out, err);
}
