/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/pages.json. */
#include "client/pages.h"
#include "probe.h"

probe_fn probe_pages;

static enum mcp_code add(struct mcp_pages *pages, const json_t *result, json_t *cursors,
                         struct mcp_err *err) {
    json_t *cursor = NULL;
    MCP_TRY(mcp_pages_add(pages, result, &cursor, err));
    if (json_array_append_new(cursors, cursor != NULL ? cursor : json_null()) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code add_long_cursor(struct mcp_pages *pages, const char *key, json_int_t bytes,
                                     struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    for (json_int_t i = 0; i < bytes; i++)
        mcp_buf_addc(&text, 'c');
    json_auto_t *page = json_pack("{s:[], s:s%}", key, "nextCursor", mcp_buf_view(&text).ptr,
                                  mcp_buf_view(&text).len);
    json_auto_t *cursor = NULL;
    return mcp_pages_add(pages, page, &cursor, err);
}

static enum mcp_code run(struct mcp_pages *pages, const json_t *in, json_t **out,
                         struct mcp_err *err) {
    json_auto_t *cursors = json_array();
    if (cursors == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (json_object_get(in, "cursor_bytes") != NULL)
        MCP_TRY(add_long_cursor(pages, json_string_value(json_object_get(in, "key")),
                                probe_int(in, "cursor_bytes", 0), err));
    const json_t *results = json_object_get(in, "pages");
    for (size_t i = 0; i < json_array_size(results); i++)
        MCP_TRY(add(pages, json_array_get(results, i), cursors, err));
    return probe_give(json_pack("{s:O, s:O}", "cursors", cursors, "whole", mcp_pages_result(pages)),
                      out, err);
}

enum mcp_code probe_pages(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_pages *pages = NULL;
    MCP_TRY(mcp_pages_new(json_string_value(json_object_get(in, "key")),
                          (size_t)probe_int(in, "max_pages", 0),
                          (size_t)probe_int(in, "max_items", 0), &pages, err));
    enum mcp_code code = run(pages, in, out, err);
    mcp_pages_free(pages);
    return code;
}
