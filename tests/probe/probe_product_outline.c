/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_outline.json. */
#include <string.h>

#include "probe_product.h"
#include "product_metadata/outline.h"

probe_fn probe_product_outline;

static enum mcp_code list(struct mcp_str text, const struct product_spans *spans, json_t *out,
                          const char *name, struct mcp_err *err) {
    json_t *rows = json_array();
    if (rows == NULL || json_object_set_new(out, name, rows) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < spans->count; i++) {
        const struct product_span *span = &spans->rows[i];
        struct mcp_str value = {text.ptr + span->value, span->end - span->value};
        struct mcp_str key = {text.ptr + span->key, span->value - span->key};
        const char *quote = memrchr(key.ptr, '"', key.len);
        key.len = (size_t)(quote - key.ptr) + 1;
        MCP_TRY(
            probe_append(rows, json_pack("[o, o]", probe_string(key), probe_string(value)), err));
    }
    return MCP_OK;
}

enum mcp_code probe_product_outline(const json_t *in, json_t **out, struct mcp_err *err) {
    static const char *const names[PRODUCT_PART_COUNT] = {"products", "mappings"};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(product_outline_deinit) struct product_outline outline = {0};
    MCP_TRY(probe_bytes(in, &text, err));
    MCP_TRY(product_outline_read(mcp_buf_view(&text), &outline, err));
    json_auto_t *answer =
        json_pack("{s:b, s:n, s:n}", "is_object", (int)outline.is_object, names[0], names[1]);
    if (answer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (int i = 0; i < PRODUCT_PART_COUNT; i++)
        if (outline.has_part[i])
            MCP_TRY(list(mcp_buf_view(&text), &outline.parts[i], answer, names[i], err));
    MCP_TRY(list(mcp_buf_view(&text), &outline.others, answer, "others", err));
    *out = MCP_TAKE(answer);
    return MCP_OK;
}
