/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_content_hash.json. */
#include "probe_product.h"
#include "product_metadata/content_hash.h"

probe_fn probe_product_content_hash;

enum mcp_code probe_product_content_hash(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    char hash[PRODUCT_HASH_BYTES];
    MCP_TRY(probe_bytes(in, &text, err));
    product_content_hash(mcp_buf_view(&text), hash);
    return probe_give(json_string(hash), out, err);
}
