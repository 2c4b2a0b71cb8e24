/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_json_plain_parse, against jansson. Property: what the short way takes, jansson takes,
 * and builds the same value with its members in the same order; and mcp_json_parse accepts a text
 * exactly when jansson does and no NUL byte is in it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/json_plain.h"
#include "mcp/json.h"

static void require(bool holds) {
    if (!holds)
        abort();
}

static json_t *ask_jansson(struct mcp_str text) {
    bool has_nul = text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL;
    if (has_nul)
        return NULL;
    return json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

static void require_same(const json_t *one, const json_t *other) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf first = MCP_BUF_INIT(1 << 26);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf second = MCP_BUF_INIT(1 << 26);
    require(mcp_json_write(one, &first, NULL) == MCP_OK);
    require(mcp_json_write(other, &second, NULL) == MCP_OK);
    require(mcp_str_equal(mcp_buf_view(&first), mcp_buf_view(&second)));
    require(json_equal(one, other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str text = {(const char *)data, size};
    MCP_AUTO(mcp_json_decref) json_t *theirs = ask_jansson(text);
    MCP_AUTO(mcp_json_decref) json_t *plain = NULL;
    MCP_AUTO(mcp_json_decref) json_t *ours = NULL;
    enum mcp_code code = mcp_json_plain_parse(text, &plain);
    require(code == MCP_OK || code == MCP_E_UNSUPPORTED);
    require((code == MCP_OK) == (plain != NULL));
    if (plain != NULL) {
        require(theirs != NULL);
        require_same(plain, theirs);
    }
    require((mcp_json_parse(text, &ours, NULL) == MCP_OK) == (theirs != NULL));
    if (ours != NULL)
        require_same(ours, theirs);
    return 0;
}
