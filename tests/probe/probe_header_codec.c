/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/header_codec.json. */
#include "probe.h"
#include "protocol/header_codec.h"

probe_fn probe_header_codec;

enum { MAX_HEADERS = 8 };

static enum mcp_code encode(const json_t *bytes, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf value = MCP_BUF_INIT(4096);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(8192);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf again = MCP_BUF_INIT(4096);
    MCP_TRY(probe_bytes(bytes, &value, err));
    mcp_header_encode(&text, mcp_buf_view(&value));
    MCP_TRY(mcp_buf_finish(&text, err));
    MCP_TRY(mcp_header_decode(&again, mcp_buf_view(&text), err));
    if (!mcp_str_equal(mcp_buf_view(&value), mcp_buf_view(&again)))
        return MCP_FAIL(err, MCP_E_BUG, "the round trip changed the value");
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}

static enum mcp_code encode_json(const json_t *value, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(8192);
    bool is_sent = mcp_header_encode_json(&text, value);
    MCP_TRY(mcp_buf_finish(&text, err));
    if (!is_sent && text.len > 0)
        return MCP_FAIL(err, MCP_E_BUG, "something was appended");
    return probe_give(is_sent ? probe_text(mcp_buf_view(&text)) : json_null(), out, err);
}

static enum mcp_code decode(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(4096);
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf value = MCP_BUF_INIT((size_t)probe_int(in, "limit", 4096));
    MCP_TRY(probe_bytes(json_object_get(in, "decode"), &text, err));
    MCP_TRY(mcp_header_decode(&value, mcp_buf_view(&text), err));
    return probe_give(probe_text(mcp_buf_view(&value)), out, err);
}

static enum mcp_code compare(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(4096);
    MCP_TRY(probe_bytes(json_object_get(in, "compare"), &text, err));
    MCP_TRY(mcp_header_compare(mcp_buf_view(&text), json_object_get(in, "with"), err));
    return probe_give(json_true(), out, err);
}

static enum mcp_code check(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_http_header headers[MAX_HEADERS];
    const json_t *list = json_object_get(in, "headers");
    struct mcp_http_head head = {.headers = headers, .header_count = json_array_size(list)};
    for (size_t i = 0; i < head.header_count && i < MAX_HEADERS; i++) {
        const json_t *pair = json_array_get(list, i);
        headers[i] = (struct mcp_http_header){mcp_json_str(json_array_get(pair, 0)),
                                              mcp_json_str(json_array_get(pair, 1))};
    }
    json_auto_t *params = NULL;
    MCP_TRY(mcp_header_params_collect(json_object_get(in, "check"), &params, err));
    MCP_TRY(mcp_header_params_check(params, json_object_get(in, "arguments"), &head, err));
    return probe_give(json_true(), out, err);
}

enum mcp_code probe_header_codec(const json_t *in, json_t **out, struct mcp_err *err) {
    if (json_object_get(in, "encode") != NULL)
        return encode(json_object_get(in, "encode"), out, err);
    if (json_object_get(in, "encode_json") != NULL)
        return encode_json(json_object_get(in, "encode_json"), out, err);
    if (json_object_get(in, "decode") != NULL)
        return decode(in, out, err);
    if (json_object_get(in, "compare") != NULL)
        return compare(in, out, err);
    if (json_object_get(in, "collect") != NULL)
        return mcp_header_params_collect(json_object_get(in, "collect"), out, err);
    return check(in, out, err);
}
