/* SPDX-License-Identifier: MIT */
/* in: {"encode": B} or {"decode": T}, with "url": true the base64url form; "limit"?: bytes the
 * output may hold. out: text, or bytes. */
#include "base/base64.h"
#include "probe.h"

probe_fn probe_base64;

enum mcp_code probe_base64(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf result = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1 << 20));
    const json_t *encoded = json_object_get(in, "decode");
    bool is_url = json_is_true(json_object_get(in, "url"));
    MCP_TRY(probe_bytes(encoded != NULL ? encoded : json_object_get(in, "encode"), &bytes, err));
    struct mcp_str view = mcp_buf_view(&bytes);
    if (encoded != NULL)
        MCP_TRY(is_url ? mcp_base64url_decode(&result, view, err)
                       : mcp_base64_decode(&result, view, err));
    else if (is_url)
        mcp_base64url_encode(&result, view);
    else
        mcp_base64_encode(&result, view);
    MCP_TRY(mcp_buf_finish(&result, err));
    return probe_give(probe_text(mcp_buf_view(&result)), out, err);
}
