/* SPDX-License-Identifier: MIT */
/* call_output.c - see call_output.h. Pure: no I/O, no clock, no log. */
#include "call/call_output.h"

#include "base/base64.h"

static enum mcp_code add_json(const json_t *value, bool is_pretty, struct mcp_buf *out,
                              struct mcp_err *err) {
    if (is_pretty)
        return mcp_json_write_pretty(value, out, err);
    MCP_TRY(mcp_json_write(value, out, err));
    mcp_buf_addc(out, '\n');
    return mcp_buf_finish(out, err);
}

/* {"text"} or {"blob"} of a content block, of what it embeds, or of a message's content. */
static enum mcp_code add_block(const json_t *block, size_t *count, struct mcp_buf *out,
                               struct mcp_err *err) {
    const json_t *inside = json_object_get(block, "resource");
    if (!json_is_object(inside))
        inside = json_object_get(block, "content");
    if (!json_is_object(inside))
        inside = block;
    const json_t *text = json_object_get(inside, "text");
    const json_t *blob = json_object_get(inside, "blob");
    if (json_is_string(text)) {
        mcp_buf_add(out, mcp_json_str(text));
        mcp_buf_addc(out, '\n');
        ++*count;
    } else if (json_is_string(blob)) {
        MCP_TRY(mcp_base64_decode(out, mcp_json_str(blob), err));
        ++*count;
    }
    return mcp_buf_finish(out, err);
}

static enum mcp_code add_raw(const json_t *result, struct mcp_buf *out, struct mcp_err *err) {
    static const char *const keys[] = {"content", "contents", "messages"};
    size_t count = 0;
    for (size_t i = 0; i < MCP_COUNT(keys); i++) {
        const json_t *blocks = json_object_get(result, keys[i]);
        for (size_t at = 0; at < json_array_size(blocks); at++)
            MCP_TRY(add_block(json_array_get(blocks, at), &count, out, err));
    }
    return count > 0 ? MCP_OK : add_json(result, false, out, err);
}

enum mcp_code call_output_result(const json_t *result, enum call_format format, struct mcp_buf *out,
                                 struct mcp_err *err) {
    if (format == CALL_RAW)
        return add_raw(result, out, err);
    return add_json(result, format == CALL_PRETTY, out, err);
}
