/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/frames.json. */
#include "database/frames.h"
#include "mcp/alloc.h"
#include "probe.h"

probe_fn probe_frames;

static enum mcp_code read_all(struct mcp_str *packet, json_t *read, struct mcp_err *err) {
    char type = 0;
    struct mcp_str text = {"", 0};
    while (database_frame_next(packet, &type, &text)) {
        json_t *row = json_pack("[s%, o]", &type, (size_t)1, probe_text(text));
        if (json_array_append_new(read, row) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

static enum mcp_code read_packet(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf packet = MCP_BUF_INIT(1 << 16);
    json_t *read MCP_AUTO(mcp_json_decref) = json_array();
    MCP_TRY(probe_bytes(json_object_get(in, "packet"), &packet, err));
    struct mcp_str rest = mcp_buf_view(&packet);
    MCP_TRY(read_all(&rest, read, err));
    return probe_give(json_pack("{s:O, s:I}", "read", read, "rest", (json_int_t)rest.len), out,
                      err);
}

static enum mcp_code write_frames(const json_t *frames, struct mcp_buf *packet, int *left_out,
                                  struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(frames); i++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 16);
        const json_t *frame = json_array_get(frames, i);
        MCP_TRY(probe_bytes(json_array_get(frame, 1), &text, err));
        size_t refused = mcp_alloc_refusals();
        if (!database_frame_add(packet, json_string_value(json_array_get(frame, 0))[0],
                                mcp_buf_view(&text)))
            ++*left_out;
        if (mcp_alloc_refusals() != refused)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

enum mcp_code probe_frames(const json_t *in, json_t **out, struct mcp_err *err) {
    static const char digits[] = "0123456789abcdef";
    if (json_object_get(in, "packet") != NULL)
        return read_packet(in, out, err);
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf packet = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1 << 16));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf hex = MCP_BUF_INIT(1 << 17);
    json_t *read MCP_AUTO(mcp_json_decref) = json_array();
    int left_out = 0;
    MCP_TRY(write_frames(json_object_get(in, "frames"), &packet, &left_out, err));
    for (size_t i = 0; i < packet.len; i++) {
        mcp_buf_addc(&hex, digits[(unsigned char)packet.data[i] >> 4]);
        mcp_buf_addc(&hex, digits[(unsigned char)packet.data[i] & 15]);
    }
    MCP_TRY(mcp_buf_finish(&hex, err));
    struct mcp_str rest = mcp_buf_view(&packet);
    MCP_TRY(read_all(&rest, read, err));
    return probe_give(json_pack("{s:o, s:i, s:O}", "packet", probe_text(mcp_buf_view(&hex)),
                                "left_out", left_out, "read", read),
                      out, err);
}
