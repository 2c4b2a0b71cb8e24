/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_redirect.json. */
#include "oauth_client/oauth_redirect.h"
#include "probe.h"

probe_fn probe_oauth_redirect;

enum { MAX_BYTES = 1 << 20 };

static enum mcp_code split(const char *uri, json_t **out, struct mcp_err *err) {
    struct mcp_str host = {NULL, 0};
    struct mcp_str path = {NULL, 0};
    uint16_t port = 0;
    MCP_TRY(mcp_oauth_redirect_split(uri, &host, &port, &path, err));
    return probe_give(json_pack("{s:s%, s:i, s:s%}", "host", host.ptr, host.len, "port", (int)port,
                                "path", path.ptr, path.len),
                      out, err);
}

enum mcp_code probe_oauth_redirect(const json_t *in, json_t **out, struct mcp_err *err) {
    static const char *const names[] = {"more", "query", "other", "bad"};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf head = MCP_BUF_INIT(MAX_BYTES);
    const char *uri = json_string_value(json_object_get(in, "split"));
    const json_t *pasted = json_object_get(in, "pasted");
    struct mcp_str query = {"", 0};
    if (uri != NULL)
        return split(uri, out, err);
    if (pasted != NULL)
        return probe_give(probe_text(mcp_oauth_redirect_query(mcp_json_str(pasted))), out, err);
    MCP_TRY(probe_bytes(json_object_get(in, "head"), &head, err));
    enum mcp_oauth_redirect verdict = mcp_oauth_redirect_read(
        mcp_buf_view(&head), "/callback", (uint16_t)probe_int(in, "port", 8765), &query);
    if (verdict == MCP_OAUTH_REDIRECT_QUERY)
        return probe_give(json_pack("{s:s%}", "query", query.ptr, query.len), out, err);
    return probe_give(json_string(names[verdict]), out, err);
}
