/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/postgres_plan.json. */
#include "database/postgres_plan.h"
#include "probe.h"

probe_fn probe_postgres_plan;

/* {"depth": N}: nodes within one another. */
static enum mcp_code write_deep(json_int_t depth, struct mcp_buf *out, struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("[{\"Plan\":{\"Node Type\":\"A\""));
    for (json_int_t i = 1; i < depth; i++)
        mcp_buf_add(out, MCP_STR(",\"Plans\":[{\"Node Type\":\"A\""));
    for (json_int_t i = 1; i < depth; i++)
        mcp_buf_add(out, MCP_STR("}]"));
    mcp_buf_add(out, MCP_STR("}}]"));
    return mcp_buf_finish(out, err);
}

enum mcp_code probe_postgres_plan(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    json_int_t depth = probe_int(in, "depth", 0);
    if (depth > 0)
        MCP_TRY(write_deep(depth, &text, err));
    else if (json_is_string(in))
        mcp_buf_add(&text, mcp_json_str(in));
    else
        MCP_TRY(mcp_json_write(in, &text, err));
    json_t *rows MCP_AUTO(mcp_json_decref) = NULL;
    MCP_TRY(database_postgres_plan(mcp_buf_view(&text), &rows, err));
    return probe_give(
        depth > 0 ? json_integer((json_int_t)json_array_size(rows)) : json_incref(rows), out, err);
}
