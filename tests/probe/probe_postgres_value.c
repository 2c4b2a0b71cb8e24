/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/postgres_value.json. */
#include "database/postgres_value.h"
#include "probe.h"

probe_fn probe_postgres_value;

enum mcp_code probe_postgres_value(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf storage = MCP_BUF_INIT((size_t)probe_int(in, "max", 1 << 20));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    struct database_value value;
    struct database_losses losses = {0};
    const json_t *given = json_object_get(in, "text");
    struct mcp_str view = {json_string_value(given), json_string_length(given)};
    MCP_TRY(database_postgres_value((unsigned)probe_int(in, "oid", 25), view,
                                    json_is_true(json_object_get(in, "exact")), &storage, &value,
                                    err));
    database_result_add_value(&text, &value, &losses);
    MCP_TRY(mcp_buf_finish(&text, err));
    return mcp_json_parse(mcp_buf_view(&text), out, err);
}
