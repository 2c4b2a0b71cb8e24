/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_yaml_parse. Properties: what parses is the same value after it was written as JSON
 * and read again; its every top-level member can be located.
 */
#include <stdint.h>
#include <stdlib.h>

#include "program/conf_yaml.h"

static void expect(bool is_so) {
    if (!is_so)
        abort();
}

static void locate_members(struct mcp_str text, json_t *root) {
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(root, key, value) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf pointer = MCP_BUF_INIT(1 << 20);
        struct mcp_place place = {0};
        mcp_pointer_add_key(&pointer, mcp_str_of(key));
        expect(mcp_yaml_locate(text, mcp_buf_view(&pointer), true, &place, NULL) == MCP_OK);
        expect(place.line > 0 && place.column > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str text = {(const char *)data, size};
    struct mcp_err err = {0};
    json_auto_t *root = NULL;
    json_auto_t *again = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(1 << 24);
    if (mcp_yaml_parse(text, &root, &err) != MCP_OK) {
        expect(root == NULL && err.code != MCP_OK && err.what[0] != '\0');
        return 0;
    }
    expect(mcp_json_write(root, &out, NULL) == MCP_OK);
    expect(mcp_json_parse(mcp_buf_view(&out), &again, NULL) == MCP_OK);
    expect(json_equal(root, again) == 1);
    if (json_object_size(root) <= 64)
        locate_members(text, root);
    return 0;
}
