/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_json_parse, _write, _write_pretty. Properties: what was parsed and written parses to
 * an equal value and is written the same again; the pretty form parses to an equal value; nothing
 * written holds a line separator; the strict scan accepts whatever the parser accepts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/text_scan.h"

static void require(bool holds) {
    if (!holds)
        abort();
}

static bool scans(struct mcp_str text) {
    struct mcp_text_scan scan = {text, 0};
    bool is_value = mcp_text_scan_value(&scan);
    mcp_text_scan_space(&scan);
    return is_value && scan.at == text.len;
}

static json_t *reparse(const struct mcp_buf *text) {
    json_t *value = NULL;
    require(mcp_json_parse(mcp_buf_view(text), &value, NULL) == MCP_OK);
    return value;
}

static void check_written(const json_t *value) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf once = MCP_BUF_INIT(1 << 26);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf twice = MCP_BUF_INIT(1 << 26);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf pretty = MCP_BUF_INIT(1 << 26);
    require(mcp_json_write(value, &once, NULL) == MCP_OK);
    MCP_AUTO(mcp_json_decref) json_t *back = reparse(&once);
    require(json_equal(value, back));
    require(mcp_json_write(back, &twice, NULL) == MCP_OK);
    require(mcp_str_equal(mcp_buf_view(&once), mcp_buf_view(&twice)));
    require(memmem(once.data, once.len, "\xe2\x80\xa8", 3) == NULL);
    require(memmem(once.data, once.len, "\xc2\x85", 2) == NULL);
    require(memchr(once.data, '\n', once.len) == NULL);
    if (mcp_json_write_pretty(value, &pretty, NULL) != MCP_OK)
        return; /* deep nesting, and its indentation is over the limit */
    MCP_AUTO(mcp_json_decref) json_t *from_pretty = reparse(&pretty);
    require(json_equal(value, from_pretty));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str text = {(const char *)data, size};
    struct mcp_err err = {0};
    MCP_AUTO(mcp_json_decref) json_t *value = NULL;
    if (mcp_json_parse(text, &value, &err) == MCP_OK) {
        require(scans(text));
        check_written(value);
    } else {
        require(err.code == MCP_E_SYNTAX && err.where[0] != '\0' && err.what[0] != '\0');
    }
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf string = MCP_BUF_INIT(1 << 26);
    mcp_json_add_string(&string, text);
    require(mcp_buf_finish(&string, NULL) == MCP_OK);
    require(scans(mcp_buf_view(&string)));
    return 0;
}
