/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/json_plain.json. */
#include "json/json_plain.h"
#include "mcp/alloc.h"
#include "probe.h"

probe_fn probe_json_plain;

enum mcp_code probe_json_plain(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_TRY(probe_bytes(json_object_get(in, "parse"), &bytes, err));
    mcp_alloc_budget_begin((size_t)probe_int(in, "budget", 1 << 30));
    enum mcp_code code = mcp_json_plain_parse(mcp_buf_view(&bytes), &root);
    mcp_alloc_budget_end();
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "out of memory");
    if (code != MCP_OK)
        return MCP_FAIL(err, code, "not plain");
    MCP_TRY(mcp_json_write(root, &text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}
