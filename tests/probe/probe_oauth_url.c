/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_url.json. */
#include "mcp/uri.h"
#include "oauth_client/oauth_url.h"
#include "probe.h"

probe_fn probe_oauth_url;

static const char *text(const json_t *in, const char *key) {
    const char *value = json_string_value(json_object_get(in, key));
    return value != NULL ? value : "";
}

enum mcp_code probe_oauth_url(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf url = MCP_BUF_INIT(MCP_URI_MAX_BYTES);
    if (json_object_get(in, "is_local") != NULL)
        return probe_give(json_boolean(mcp_oauth_url_is_local(text(in, "is_local"))), out, err);
    if (json_object_get(in, "covers") != NULL)
        return probe_give(
            json_boolean(mcp_oauth_url_covers(text(in, "covers"), text(in, "server"))), out, err);
    if (json_object_get(in, "check") != NULL) {
        MCP_TRY(mcp_oauth_url_check(text(in, "check"), json_is_true(json_object_get(in, "local")),
                                    err));
        return probe_give(json_true(), out, err);
    }
    if (json_object_get(in, "resource") != NULL)
        MCP_TRY(mcp_oauth_url_resource(text(in, "resource"), &url, err));
    else
        MCP_TRY(mcp_oauth_url_well_known(text(in, "well_known"), text(in, "before"),
                                         text(in, "after"),
                                         json_is_true(json_object_get(in, "path")), &url, err));
    return probe_give(probe_text(mcp_buf_view(&url)), out, err);
}
