/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/cursor.json. */
#include "probe.h"
#include "protocol/cursor.h"

probe_fn probe_cursor;

static enum mcp_code encode(const json_t *in, const unsigned char *key, json_t **out,
                            struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MCP_CURSOR_TEXT_BYTES);
    mcp_cursor_encode(key, mcp_json_str(json_object_get(in, "list")),
                      (uint64_t)probe_int(in, "position", 0), &text);
    MCP_TRY(mcp_buf_finish(&text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}

static enum mcp_code decode(const json_t *in, const unsigned char *key, json_t **out,
                            struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(4096);
    uint64_t position = 0;
    MCP_TRY(probe_bytes(json_object_get(in, "cursor"), &text, err));
    MCP_TRY(mcp_cursor_decode(key, mcp_json_str(json_object_get(in, "list")), mcp_buf_view(&text),
                              &position, err));
    return probe_give(json_integer((json_int_t)position), out, err);
}

enum mcp_code probe_cursor(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf secret = MCP_BUF_INIT(MCP_CURSOR_SECRET_BYTES);
    MCP_TRY(probe_bytes(json_object_get(in, "secret"), &secret, err));
    if (secret.len != MCP_CURSOR_SECRET_BYTES)
        return MCP_FAIL(err, MCP_E_BUG, "a secret of %zu bytes", secret.len);
    const unsigned char *key = (const unsigned char *)secret.data;
    return json_object_get(in, "position") != NULL ? encode(in, key, out, err)
                                                   : decode(in, key, out, err);
}
