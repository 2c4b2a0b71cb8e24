/* SPDX-License-Identifier: MIT */
/*
 * Target: product_fold. Properties: what is folded is valid UTF-8 without capital ASCII letters,
 * underscores or blanks at its ends, at most PRODUCT_FOLD_GROWTH times as long; folding it again
 * changes nothing; what is refused is not UTF-8.
 */
#include <stdint.h>
#include <stdlib.h>

#include "mcp/utf8.h"
#include "product_metadata/fold.h"

static void expect(bool is_so) {
    if (!is_so)
        abort();
}

static void check_bytes(struct mcp_str folded) {
    for (size_t i = 0; i < folded.len; i++) {
        char c = folded.ptr[i];
        expect(!(c >= 'A' && c <= 'Z') && c != '_' && c != '-' && !(c >= 0 && c < ' '));
        expect(c != ' ' || (i > 0 && i + 1 < folded.len && folded.ptr[i - 1] != ' '));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str text = {(const char *)data, size};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf once = MCP_BUF_INIT(PRODUCT_FOLD_GROWTH * size);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf twice = MCP_BUF_INIT(PRODUCT_FOLD_GROWTH * size);
    bool is_valid = mcp_utf8_valid_prefix(text) == size;
    enum mcp_code code = product_fold(text, &once, NULL);
    expect(code == (is_valid ? MCP_OK : MCP_E_SYNTAX));
    if (!is_valid)
        return 0;
    struct mcp_str folded = mcp_buf_view(&once);
    expect(mcp_utf8_valid_prefix(folded) == folded.len);
    check_bytes(folded);
    expect(product_fold(folded, &twice, NULL) == MCP_OK);
    expect(mcp_str_equal(folded, mcp_buf_view(&twice)));
    return 0;
}
