/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/seal.json. */
#include "probe.h"
#include "protocol/seal.h"

probe_fn probe_seal;

struct inputs {
    struct mcp_buf key, nonce, bound, text;
};

static void inputs_deinit(struct inputs *in) {
    mcp_buf_deinit(&in->key);
    mcp_buf_deinit(&in->nonce);
    mcp_buf_deinit(&in->bound);
    mcp_buf_deinit(&in->text);
}

static enum mcp_code read(const json_t *in, const char *key, struct mcp_buf *out,
                          struct mcp_err *err) {
    const json_t *value = json_object_get(in, key);
    *out = (struct mcp_buf)MCP_BUF_INIT(1 << 20);
    return value != NULL ? probe_bytes(value, out, err) : MCP_OK;
}

enum mcp_code probe_seal(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(inputs_deinit) struct inputs all = {0};
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf done = MCP_BUF_INIT((size_t)probe_int(in, "max", 1 << 20));
    bool is_open = json_object_get(in, "sealed") != NULL;
    MCP_TRY(read(in, "key", &all.key, err));
    MCP_TRY(read(in, "nonce", &all.nonce, err));
    MCP_TRY(read(in, "bound", &all.bound, err));
    MCP_TRY(read(in, is_open ? "sealed" : "plain", &all.text, err));
    const unsigned char *key = (const unsigned char *)all.key.data;
    if (is_open)
        MCP_TRY(mcp_seal_open(key, mcp_buf_view(&all.bound), mcp_buf_view(&all.text), &done, err));
    else
        MCP_TRY(mcp_seal_write(key, (const unsigned char *)all.nonce.data, mcp_buf_view(&all.bound),
                               mcp_buf_view(&all.text), &done, err));
    return probe_give(probe_text(mcp_buf_view(&done)), out, err);
}
