/* SPDX-License-Identifier: MIT */
/*
 * Target: utf8 and base64. Properties: decoding and encoding again is repairing; the valid prefix,
 * the decoder and the repair agree on what is malformed; printable text is printable again as it
 * is; base64 round-trips, and what it accepts as text it writes the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "mcp/utf8.h"

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_utf8(struct mcp_str bytes) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf repaired = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf again = MCP_BUF_INIT(1 << 24);
    bool is_whole = mcp_utf8_repair(&repaired, bytes);
    require(is_whole == (mcp_utf8_valid_prefix(bytes) == bytes.len));
    size_t points = 0;
    for (size_t at = 0; at < bytes.len; points++)
        mcp_utf8_add(&again, mcp_utf8_next(bytes, &at));
    struct mcp_str text = mcp_buf_view(&repaired);
    require(mcp_str_equal(text, mcp_buf_view(&again)));
    require(mcp_utf8_valid_prefix(text) == text.len);
    require(mcp_utf8_length(text) == points);
}

static void check_printable(struct mcp_str bytes) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf once = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf twice = MCP_BUF_INIT(1 << 24);
    mcp_utf8_add_printable(&once, bytes);
    mcp_utf8_add_printable(&twice, mcp_buf_view(&once));
    require(mcp_str_equal(mcp_buf_view(&once), mcp_buf_view(&twice)));
    require(mcp_utf8_valid_prefix(mcp_buf_view(&once)) == once.len);
    for (size_t i = 0; i < once.len; i++)
        require((unsigned char)once.data[i] >= 0x20 && once.data[i] != 0x7F);
}

static void check_base64(struct mcp_str bytes, bool is_url) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf back = MCP_BUF_INIT(1 << 24);
    if (is_url)
        mcp_base64url_encode(&text, bytes);
    else
        mcp_base64_encode(&text, bytes);
    struct mcp_str encoded = mcp_buf_view(&text);
    require((is_url ? mcp_base64url_decode(&back, encoded, NULL)
                    : mcp_base64_decode(&back, encoded, NULL)) == MCP_OK);
    require(mcp_str_equal(mcp_buf_view(&back), bytes));
}

/* The input taken as base64 text. */
static void check_base64_text(struct mcp_str text, bool is_url) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf again = MCP_BUF_INIT(1 << 24);
    enum mcp_code code =
        is_url ? mcp_base64url_decode(&bytes, text, NULL) : mcp_base64_decode(&bytes, text, NULL);
    require(code == MCP_OK || bytes.len == 0);
    if (code != MCP_OK)
        return;
    if (is_url)
        mcp_base64url_encode(&again, mcp_buf_view(&bytes));
    else
        mcp_base64_encode(&again, mcp_buf_view(&bytes));
    require(mcp_str_equal(mcp_buf_view(&again), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str bytes = {(const char *)data, size};
    if (size == 0)
        bytes = MCP_STR("");
    check_utf8(bytes);
    check_printable(bytes);
    check_base64(bytes, false);
    check_base64(bytes, true);
    check_base64_text(bytes, false);
    check_base64_text(bytes, true);
    return 0;
}
