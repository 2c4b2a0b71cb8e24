/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/postgres_scan.json. */
#include "database/postgres_scan.h"
#include "probe.h"

probe_fn probe_postgres_scan;

enum mcp_code probe_postgres_scan(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT((size_t)4 << 20);
    MCP_AUTO(database_scan_deinit) struct database_scan scan = {.parameters = NULL};
    MCP_TRY(probe_bytes(json_object_get(in, "sql"), &sql, err));
    MCP_TRY(database_scan_make(mcp_buf_view(&sql), json_is_true(json_object_get(in, "names")),
                               &scan, err));
    return probe_give(json_pack("{s:o, s:O, s:O, s:O, s:O}", "text",
                                probe_text(mcp_buf_view(&scan.text)), "parameters", scan.parameters,
                                "calls", scan.calls, "other_calls", scan.other_calls, "attributes",
                                scan.attributes),
                      out, err);
}
