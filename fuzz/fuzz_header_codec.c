/* SPDX-License-Identifier: MIT */
/* Target: header_codec. Properties: whatever decodes, encoded and decoded again, is the same, is
 * safe in a header and compares equal to itself; UTF-8 always survives the round trip; a JSON value
 * that is sent compares equal to what is sent; collecting annotations from any JSON never gives one
 * that is not a safe header name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/utf8.h"
#include "protocol/header_codec.h"

static void require(bool claim) {
    if (!claim)
        abort();
}

static void round_trip(struct mcp_str value) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 22);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf again = MCP_BUF_INIT(1 << 22);
    mcp_header_encode(&text, value);
    require(mcp_http_value_is_safe(mcp_buf_view(&text)));
    require(mcp_header_decode(&again, mcp_buf_view(&text), NULL) == MCP_OK);
    require(mcp_str_equal(mcp_buf_view(&again), value));
}

static void check_value(const json_t *value) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 22);
    if (!mcp_header_encode_json(&text, value)) {
        require(text.len == 0);
        return;
    }
    require(mcp_header_compare(mcp_buf_view(&text), value, NULL) == MCP_OK);
}

static void check_schema(json_t *schema) {
    json_auto_t *params = NULL;
    if (mcp_header_params_collect(schema, &params, NULL) != MCP_OK)
        return;
    require(json_array_size(params) <= MCP_HEADER_MAX_PARAMS);
    for (size_t i = 0; i < json_array_size(params); i++) {
        const json_t *param = json_array_get(params, i);
        struct mcp_str name = mcp_json_str(json_object_get(param, "header"));
        require(name.len > strlen("Mcp-Param-") && mcp_http_value_is_safe(name));
        require(json_array_size(json_object_get(param, "path")) > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str in = {(const char *)data, size};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf value = MCP_BUF_INIT(1 << 20);
    if (mcp_header_decode(&value, in, NULL) == MCP_OK &&
        mcp_utf8_valid_prefix(mcp_buf_view(&value)) == value.len)
        round_trip(mcp_buf_view(&value));
    if (mcp_utf8_valid_prefix(in) == in.len)
        round_trip(in);
    json_auto_t *json = NULL;
    if (mcp_json_parse(in, &json, NULL) == MCP_OK) {
        check_value(json);
        check_schema(json);
    }
    return 0;
}
