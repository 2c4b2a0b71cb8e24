/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_fold.json. */
#include "probe.h"
#include "product_metadata/fold.h"

probe_fn probe_product_fold;

enum { MAX_TEXT_BYTES = 1 << 20 };

enum mcp_code probe_product_fold(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_TEXT_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf plain = MCP_BUF_INIT(MAX_TEXT_BYTES);
    MCP_TRY(probe_bytes(in, &text, err));
    MCP_TRY(product_fold(mcp_buf_view(&text), &plain, err));
    return probe_give(probe_text(mcp_buf_view(&plain)), out, err);
}
