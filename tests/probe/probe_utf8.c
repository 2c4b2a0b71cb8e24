/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/utf8.json. */
#include "mcp/utf8.h"
#include "probe.h"

probe_fn probe_utf8;

static enum mcp_code decode(struct mcp_str bytes, json_t **out, struct mcp_err *err) {
    json_auto_t *points = json_array();
    for (size_t at = 0; at < bytes.len;)
        if (json_array_append_new(points, json_integer(mcp_utf8_next(bytes, &at))) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(points), out, err);
}

static enum mcp_code encode(const json_t *points, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    for (size_t i = 0; i < json_array_size(points); i++)
        mcp_utf8_add(&text, (uint32_t)json_integer_value(json_array_get(points, i)));
    MCP_TRY(mcp_buf_finish(&text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}

static enum mcp_code repair(struct mcp_str bytes, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    bool is_whole = mcp_utf8_repair(&text, bytes);
    MCP_TRY(mcp_buf_finish(&text, err));
    json_t *repaired = probe_text(mcp_buf_view(&text));
    return probe_give(json_pack("{s:o, s:b}", "text", repaired, "whole", is_whole), out, err);
}

static enum mcp_code printable(struct mcp_str bytes, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    mcp_utf8_add_printable(&text, bytes);
    MCP_TRY(mcp_buf_finish(&text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}

enum mcp_code probe_utf8(const json_t *in, json_t **out, struct mcp_err *err) {
    static const char *const ops[] = {"valid_prefix", "decode", "repair", "printable", "length"};
    if (json_object_get(in, "encode") != NULL)
        return encode(json_object_get(in, "encode"), out, err);
    size_t op = 0;
    while (op < MCP_COUNT(ops) && json_object_get(in, ops[op]) == NULL)
        op++;
    if (op == MCP_COUNT(ops))
        return MCP_FAIL(err, MCP_E_INVALID, "unknown operation");
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf buf = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(json_object_get(in, ops[op]), &buf, err));
    struct mcp_str bytes = mcp_buf_view(&buf);
    switch (op) {
    case 0:
        return probe_give(json_integer((json_int_t)mcp_utf8_valid_prefix(bytes)), out, err);
    case 1:
        return decode(bytes, out, err);
    case 2:
        return repair(bytes, out, err);
    case 3:
        return printable(bytes, out, err);
    default:
        return probe_give(json_integer((json_int_t)mcp_utf8_length(bytes)), out, err);
    }
}
