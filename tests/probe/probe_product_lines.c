/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_lines.json. */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/lines.h"

probe_fn probe_product_lines;

enum mcp_code probe_product_lines(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(product_lines_deinit) struct product_lines lines = {0};
    size_t i = 0;
    json_t *at = NULL;
    json_auto_t *answer = json_array();
    if (answer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(probe_bytes(json_object_get(in, "text"), &text, err));
    MCP_TRY(product_lines_init(mcp_buf_view(&text), &lines, err));
    json_array_foreach(json_object_get(in, "at"), i, at) {
        char shown[64];
        struct mcp_place place =
            product_lines_find(&lines, mcp_buf_view(&text), (size_t)json_integer_value(at));
        (void)snprintf(shown, sizeof shown, "%zu:%zu", place.line, place.column);
        MCP_TRY(probe_append(answer, json_string(shown), err));
    }
    *out = MCP_TAKE(answer);
    return MCP_OK;
}
