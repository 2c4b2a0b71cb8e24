/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_generate.json. */
#include "probe_product.h"
#include "product_metadata/generate.h"

probe_fn probe_product_generate;

enum mcp_code probe_product_generate(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *updated = json_string_value(json_object_get(in, "last_updated"));
    struct product_generate options = {.product_count = (size_t)probe_int(in, "products", 3),
                                       .seed = (uint64_t)probe_int(in, "seed", 1)};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 26);
    json_auto_t *metadata = NULL;
    MCP_TRY(mcp_timestamp_parse(mcp_str_of(updated != NULL ? updated : "2026-01-01T00:00:00Z"),
                                &options.last_updated_ms, err));
    MCP_TRY(product_generate_write(&options, &text, err));
    MCP_TRY(mcp_json_parse(mcp_buf_view(&text), &metadata, err));
    return probe_give(json_pack("{s:O, s:I}", "metadata", metadata, "bytes", (json_int_t)text.len),
                      out, err);
}
