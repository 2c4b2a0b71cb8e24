/* SPDX-License-Identifier: MIT */
/* Target: mcp_line_framer_feed. Property: how the bytes are split changes neither the lines nor the
 * number of those that were skipped. */
#include <stdint.h>
#include <stdlib.h>

#include "mcp/line_framer.h"

static enum mcp_code log_line(struct mcp_str line, void *user, struct mcp_err *err) {
    struct mcp_buf *log = user;
    if (line.len == 0 || line.len > 16)
        abort();
    mcp_buf_add(log, line);
    mcp_buf_addc(log, '\n');
    return mcp_buf_finish(log, err);
}

static size_t frame(struct mcp_str in, size_t step, struct mcp_buf *log) {
    MCP_AUTO(mcp_line_framer_deinit) struct mcp_line_framer framer;
    mcp_line_framer_init(&framer, 16, log_line, log);
    for (size_t at = 0; at < in.len; at += step) {
        size_t len = in.len - at < step ? in.len - at : step;
        size_t before = framer.skipped;
        enum mcp_code code =
            mcp_line_framer_feed(&framer, (struct mcp_str){in.ptr + at, len}, NULL);
        if (code != (framer.skipped > before ? MCP_E_LIMIT : MCP_OK))
            abort();
    }
    (void)!mcp_line_framer_end(&framer, NULL);
    return framer.skipped;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    struct mcp_str in = {(const char *)data + 1, size - 1};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf whole = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf pieces = MCP_BUF_INIT(1 << 20);
    size_t one = frame(in, in.len, &whole);
    size_t two = frame(in, 1 + data[0] % 23, &pieces);
    if (one != two || !mcp_str_equal(mcp_buf_view(&whole), mcp_buf_view(&pieces)))
        abort();
    return 0;
}
