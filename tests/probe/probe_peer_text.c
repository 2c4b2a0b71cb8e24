/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/peer_text.json. */
#include <string.h>

#include "client/peer_text.h"
#include "probe.h"

probe_fn probe_peer_text;

enum mcp_code probe_peer_text(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf said = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(json_object_get(in, "said"), &said, err));
    struct mcp_peer_text text = mcp_peer_text(mcp_buf_view(&said));
    return probe_give(
        json_pack("{s:s, s:I}", "text", text.text, "bytes", (json_int_t)strlen(text.text)), out,
        err);
}
