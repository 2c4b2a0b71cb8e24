/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/resource_metadata.json. */
#include "oauth/resource_metadata.h"
#include "probe.h"

probe_fn probe_resource_metadata;

enum { MAX_ISSUERS = 32, MAX_BYTES = 1 << 16 };

static enum mcp_code where_is(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf path = MCP_BUF_INIT(MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf url = MCP_BUF_INIT(MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_BYTES);
    MCP_TRY(probe_bytes(json_object_get(in, "where"), &text, err));
    MCP_TRY(oauth_resource_path(mcp_buf_view(&text), &path, err));
    MCP_TRY(oauth_resource_metadata_url(mcp_buf_view(&text), &url, err));
    return probe_give(json_pack("{ss ss}", "path", path.data, "url", url.data), out, err);
}

static enum mcp_code write_it(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT((size_t)probe_int(in, "max", MAX_BYTES));
    struct mcp_str issuers[MAX_ISSUERS];
    const json_t *list = json_object_get(in, "issuers");
    for (size_t i = 0; i < json_array_size(list); i++)
        issuers[i] = mcp_json_str(json_array_get(list, i));
    const struct oauth_resource resource = {
        .url = mcp_json_str(json_object_get(in, "url")),
        .issuers = issuers,
        .issuer_count = json_array_size(list),
        .scopes = mcp_json_str(json_object_get(in, "scopes")),
        .name = mcp_json_str(json_object_get(in, "name")),
        .documentation = mcp_json_str(json_object_get(in, "documentation")),
    };
    MCP_TRY(oauth_resource_check(&resource, err));
    MCP_TRY(oauth_resource_write(&resource, &text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}

enum mcp_code probe_resource_metadata(const json_t *in, json_t **out, struct mcp_err *err) {
    return json_object_get(in, "where") != NULL ? where_is(in, out, err) : write_it(in, out, err);
}
