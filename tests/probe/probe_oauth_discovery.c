/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_discovery.json. */
#include "oauth_client/oauth_discovery.h"
#include "probe.h"

probe_fn probe_oauth_discovery;

enum { MAX_BYTES = 1 << 20 };

static enum mcp_code judge(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(MAX_BYTES);
    const char *issuer = json_string_value(json_object_get(in, "issuer"));
    const json_t *document = json_object_get(in, "document");
    if (json_is_object(document))
        MCP_TRY(mcp_json_write(document, &body, err));
    else
        MCP_TRY(probe_bytes(json_object_get(in, "bytes"), &body, err));
    if (issuer == NULL)
        return mcp_oauth_discovery_judge_resource(mcp_buf_view(&body), out, err);
    const struct mcp_oauth_discovery_wanted wanted = {
        .issuer = issuer,
        .allows_local = json_is_true(json_object_get(in, "local")),
        .needs_code = !json_is_false(json_object_get(in, "code")),
    };
    return mcp_oauth_discovery_judge_server(mcp_buf_view(&body), &wanted, out, err);
}

enum mcp_code probe_oauth_discovery(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *server = json_string_value(json_object_get(in, "resource_urls"));
    const char *issuer = json_string_value(json_object_get(in, "server_urls"));
    if (server != NULL)
        return mcp_oauth_discovery_resource_urls(
            server, json_string_value(json_object_get(in, "challenge")), out, err);
    if (issuer != NULL)
        return mcp_oauth_discovery_server_urls(issuer, json_is_true(json_object_get(in, "local")),
                                               out, err);
    return judge(in, out, err);
}
