/* SPDX-License-Identifier: MIT */
/* Target: mcp_cursor_decode. Input: 16 bytes of secret, 8 of position, then a cursor to try.
 * Properties: what is encoded decodes to the same position; what decodes is exactly what encoding
 * its position gives, so there is one spelling of each cursor; no other list accepts it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/cursor.h"

static void require(bool claim) {
    if (!claim)
        abort();
}

static void check_round_trip(const unsigned char *secret, uint64_t position) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MCP_CURSOR_TEXT_BYTES);
    uint64_t again = 0;
    mcp_cursor_encode(secret, MCP_STR("tools/list"), position, &text);
    struct mcp_str view = mcp_buf_view(&text);
    require(view.len == MCP_CURSOR_TEXT_BYTES);
    require(mcp_cursor_decode(secret, MCP_STR("tools/list"), view, &again, NULL) == MCP_OK);
    require(again == position);
    require(mcp_cursor_decode(secret, MCP_STR("prompts/list"), view, &again, NULL) ==
            MCP_E_INVALID);
}

static void check_foreign(const unsigned char *secret, struct mcp_str text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf same = MCP_BUF_INIT(MCP_CURSOR_TEXT_BYTES);
    uint64_t position = 0;
    if (mcp_cursor_decode(secret, MCP_STR("tools/list"), text, &position, NULL) != MCP_OK)
        return;
    mcp_cursor_encode(secret, MCP_STR("tools/list"), position, &same);
    require(mcp_str_equal(mcp_buf_view(&same), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char secret[MCP_CURSOR_SECRET_BYTES];
    uint64_t position = 0;
    if (size < sizeof secret + sizeof position)
        return 0;
    memcpy(secret, data, sizeof secret);
    memcpy(&position, data + sizeof secret, sizeof position);
    size_t used = sizeof secret + sizeof position;
    check_round_trip(secret, position);
    check_foreign(secret, (struct mcp_str){(const char *)data + used, size - used});
    return 0;
}
