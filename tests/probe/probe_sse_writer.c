/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/sse_writer.json. */
#include "mcp/sse_writer.h"
#include "probe.h"

probe_fn probe_sse_writer;

static enum mcp_code write_parts(const json_t *in, struct mcp_buf *out, struct mcp_err *err) {
    mcp_sse_write_open(out, mcp_json_str(json_object_get(in, "type")),
                       mcp_json_str(json_object_get(in, "id")));
    MCP_TRY(probe_bytes(json_object_get(in, "parts"), out, err));
    mcp_sse_write_close(out);
    return mcp_buf_finish(out, err);
}

static enum mcp_code write_event(const json_t *in, struct mcp_buf *out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf data = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(json_object_get(in, "data"), &data, err));
    mcp_sse_write_event(out, mcp_json_str(json_object_get(in, "type")),
                        mcp_json_str(json_object_get(in, "id")), mcp_buf_view(&data));
    return mcp_buf_finish(out, err);
}

enum mcp_code probe_sse_writer(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf bytes = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1 << 20));
    const json_t *priming = json_object_get(in, "priming");
    if (json_object_get(in, "event") != NULL)
        MCP_TRY(write_event(json_object_get(in, "event"), &bytes, err));
    else if (json_object_get(in, "parts") != NULL)
        MCP_TRY(write_parts(in, &bytes, err));
    else if (priming != NULL)
        mcp_sse_write_priming(&bytes, mcp_json_str(json_object_get(priming, "id")),
                              (uint64_t)probe_int(priming, "retry_ms", 0));
    else
        mcp_sse_write_comment(&bytes, mcp_json_str(json_object_get(in, "comment")));
    MCP_TRY(mcp_buf_finish(&bytes, err));
    return probe_give(probe_text(mcp_buf_view(&bytes)), out, err);
}
