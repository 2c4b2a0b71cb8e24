/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/state_key.json. */
#include <stdio.h>

#include "probe.h"
#include "serve/state_key.h"

probe_fn probe_state_key;

enum mcp_code probe_state_key(const json_t *in, json_t **out, struct mcp_err *err) {
    unsigned char key[SERVE_STATE_KEY_BYTES];
    char digits[2 * SERVE_STATE_KEY_BYTES + 1];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(4096);
    MCP_TRY(probe_bytes(in, &text, err));
    MCP_TRY(serve_state_key_parse(mcp_buf_view(&text), key, err));
    for (size_t i = 0; i < sizeof key; i++)
        (void)snprintf(digits + 2 * i, 3, "%02x", key[i]);
    return probe_give(json_string(digits), out, err);
}
