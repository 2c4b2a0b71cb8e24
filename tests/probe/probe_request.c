/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/request.json. */
#include "database/request.h"
#include "probe.h"

probe_fn probe_request;

static enum mcp_code read_frame(const json_t *in, json_t **out, struct mcp_err *err) {
    static const char *const purposes[] = {"run", "validate", "explain"};
    static const char *const formats[] = {"json", "csv", "markdown"};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf frame = MCP_BUF_INIT(1 << 20);
    json_t *options MCP_AUTO(mcp_json_decref) = NULL;
    struct database_request request = {.sql = {"", 0}};
    MCP_TRY(probe_bytes(json_object_get(in, "frame"), &frame, err));
    MCP_TRY(database_request_parse(mcp_buf_view(&frame), &request, &options, err));
    return probe_give(json_pack("{s:o, s:s, s:s, s:b, s:I, s:O*}", "sql", probe_text(request.sql),
                                "purpose", purposes[request.purpose], "format",
                                formats[request.format], "exact", request.has_exact_integers,
                                "max_rows", (json_int_t)request.max_rows, "params", request.params),
                      out, err);
}

enum mcp_code probe_request(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT((size_t)probe_int(in, "max", 1000));
    const json_t *options = json_object_get(in, "options");
    if (json_object_get(in, "frame") != NULL)
        return read_frame(in, out, err);
    MCP_TRY(database_request_write(json_is_null(options) ? NULL : options,
                                   mcp_json_str(json_object_get(in, "sql")), &text, err));
    return probe_give(json_pack("{s:o}", "frame", probe_text(mcp_buf_view(&text))), out, err);
}
