/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/share_target.json. */
#include "mcp/alloc.h"
#include "orchestrator/share_target.h"
#include "probe.h"

probe_fn probe_share_target;

static json_t *show(const struct orch_share_target *target) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf shown = MCP_BUF_INIT(2048);
    orch_share_target_show(target, &shown);
    if (!target->is_redis)
        return json_pack("{s:o}", "shown", probe_text(mcp_buf_view(&shown)));
    return json_pack("{s:o, s:b, s:s, s:i, s:s, s:s, s:s, s:i}", "shown",
                     probe_text(mcp_buf_view(&shown)), "tls", target->is_tls, "host", target->host,
                     "port", (int)target->port, "path", target->path, "user", target->user,
                     "password", target->password, "db", (int)target->db);
}

enum mcp_code probe_share_target(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 16);
    struct orch_share_target target;
    const json_t *tells = json_object_get(in, "tells");
    MCP_TRY(probe_bytes(tells != NULL ? tells : json_object_get(in, "backend"), &text, err));
    if (tells != NULL)
        return probe_give(json_boolean(orch_share_target_tells(mcp_buf_view(&text))), out, err);
    MCP_TRY(orch_share_target_parse(mcp_buf_view(&text), &target, err));
    size_t refused = mcp_alloc_refusals();
    json_t *shown = show(&target);
    if (mcp_alloc_refusals() != refused) {
        json_decref(shown);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(shown, out, err);
}
