/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_pointer_get, _locate. The input is "pointer\ntext". Property: when the text is JSON,
 * the tree and the text agree on whether the pointer names a value, and the value that begins at
 * the place is the one in the tree.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/text_scan.h"

static void require(bool holds) {
    if (!holds)
        abort();
}

static size_t offset_of(struct mcp_str text, struct mcp_place place) {
    size_t at = 0;
    for (size_t line = 1; line < place.line; at++)
        line += text.ptr[at] == '\n' ? 1 : 0;
    return at + place.column - 1;
}

/* The value that begins at `at` alone, as its own text. */
static void check_value(struct mcp_str text, size_t at, const json_t *expected) {
    struct mcp_text_scan scan = {text, at};
    MCP_AUTO(mcp_json_decref) json_t *value = NULL;
    require(mcp_text_scan_value(&scan));
    struct mcp_str alone = {text.ptr + at, scan.at - at};
    require(mcp_json_parse(alone, &value, NULL) == MCP_OK);
    require(json_equal(value, expected));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *all = (const char *)data;
    const char *split = size > 0 ? memchr(all, '\n', size) : NULL;
    if (split == NULL)
        return 0;
    struct mcp_str pointer = {all, (size_t)(split - all)};
    struct mcp_str text = {split + 1, size - pointer.len - 1};
    struct mcp_place place = {0};
    struct mcp_place key = {0};
    enum mcp_code located = mcp_pointer_locate(text, pointer, false, &place, NULL);
    enum mcp_code at_key = mcp_pointer_locate(text, pointer, true, &key, NULL);

    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    if (mcp_json_parse(text, &root, NULL) != MCP_OK)
        return 0;
    json_t *value = NULL;
    enum mcp_code got = mcp_pointer_get(root, pointer, &value, NULL);
    require(got == located);
    if (got != MCP_OK)
        return 0;
    check_value(text, offset_of(text, place), value);
    require(at_key == MCP_OK && offset_of(text, key) <= offset_of(text, place));
    return 0;
}
