/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/base64.json. */
#include "base/base64.h"
#include "probe.h"

probe_fn probe_base64;

static enum mcp_code convert(struct mcp_str in, bool decodes, bool is_url, struct mcp_buf *out,
                             struct mcp_err *err) {
    if (decodes)
        return is_url ? mcp_base64url_decode(out, in, err) : mcp_base64_decode(out, in, err);
    if (is_url)
        mcp_base64url_encode(out, in);
    else
        mcp_base64_encode(out, in);
    return mcp_buf_finish(out, err);
}

enum mcp_code probe_base64(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf result = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1 << 20));
    const json_t *encoded = json_object_get(in, "decode");
    bool is_url = json_is_true(json_object_get(in, "url"));
    MCP_TRY(probe_bytes(encoded != NULL ? encoded : json_object_get(in, "encode"), &bytes, err));
    MCP_TRY(convert(mcp_buf_view(&bytes), encoded != NULL, is_url, &result, err));
    return probe_give(probe_text(mcp_buf_view(&result)), out, err);
}
