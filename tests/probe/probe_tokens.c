/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/tokens.json. */
#include "probe.h"
#include "serve/tokens.h"

probe_fn probe_tokens;

static json_t *describe(const struct serve_tokens *tokens) {
    json_auto_t *out = json_array();
    int rc = out != NULL ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < tokens->count; i++)
        rc = json_array_append_new(out,
                                   json_pack("[ss]", tokens->rows[i].name, tokens->rows[i].token));
    return rc == 0 ? MCP_TAKE(out) : NULL;
}

enum mcp_code probe_tokens(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(serve_tokens_deinit) struct serve_tokens tokens = {.count = 0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT((size_t)1 << 20);
    MCP_TRY(probe_bytes(in, &text, err));
    MCP_TRY(serve_tokens_parse(mcp_buf_view(&text), &tokens, err));
    return probe_give(describe(&tokens), out, err);
}
