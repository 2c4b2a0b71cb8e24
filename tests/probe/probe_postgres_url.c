/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/postgres_url.json. */
#include <string.h>

#include "database/postgres_url.h"
#include "mcp/alloc.h"
#include "probe.h"

probe_fn probe_postgres_url;

enum { MAX_VARIABLES = 8 };

static enum mcp_code expand(struct mcp_str url, json_t *variables, struct mcp_buf *out,
                            struct mcp_err *err) {
    char *list[MAX_VARIABLES + 1] = {NULL};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf texts = MCP_BUF_INIT(1 << 16);
    size_t starts[MAX_VARIABLES];
    size_t count = 0;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(variables, name, value) {
        starts[count++] = texts.len;
        mcp_buf_addf(&texts, "%s=%s", name, json_string_value(value));
        mcp_buf_addc(&texts, '\0');
    }
    MCP_TRY(mcp_buf_finish(&texts, err));
    for (size_t i = 0; i < count; i++)
        list[i] = texts.data + starts[i];
    return database_url_expand(url, list, out, err);
}

enum mcp_code probe_postgres_url(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf url = MCP_BUF_INIT(1 << 16);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf masked = MCP_BUF_INIT(1 << 16);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf expanded = MCP_BUF_INIT(DATABASE_URL_MAX_BYTES);
    MCP_TRY(probe_bytes(json_object_get(in, "url"), &url, err));
    MCP_TRY(database_url_check(mcp_buf_view(&url), err));
    database_url_mask(mcp_buf_view(&url), &masked);
    MCP_TRY(mcp_buf_finish(&masked, err));
    MCP_TRY(expand(mcp_buf_view(&url), json_object_get(in, "variables"), &expanded, err));
    return probe_give(json_pack("{s:b, s:o, s:o}", "has_password",
                                database_url_has_password(mcp_buf_view(&url)), "masked",
                                probe_text(mcp_buf_view(&masked)), "expanded",
                                probe_text(mcp_buf_view(&expanded))),
                      out, err);
}
