/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/protocol_result.json. */
#include <string.h>

#include "mcp/result.h"
#include "probe.h"

probe_fn probe_protocol_result;

/* The key has to be in static storage. */
static const char *static_key(const char *key) {
    return strcmp(key, "contents") == 0 ? "contents" : "a\"b";
}

static enum mcp_code fill(const json_t *in, struct mcp_result *result, struct mcp_err *err) {
    const json_t *encoded = json_object_get(in, "encoded");
    json_t *members = json_object_get(in, "members");
    if (members != NULL)
        MCP_TRY(mcp_result_take(result, json_incref(members), err));
    if (encoded == NULL)
        return MCP_OK;
    MCP_AUTO(mcp_blob_unrefp)
    struct mcp_blob *blob = mcp_blob_new(mcp_json_str(json_object_get(encoded, "json")));
    if (blob == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    const char *key = json_string_value(json_object_get(encoded, "key"));
    mcp_result_set_encoded(result, static_key(key), blob);
    const json_t *second = json_object_get(in, "second");
    if (second == NULL)
        return MCP_OK;
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *more = mcp_blob_new(mcp_json_str(second));
    if (more == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_result_set_encoded(result, "b", more);
    return MCP_OK;
}

enum mcp_code probe_protocol_result(const json_t *in, json_t **out, struct mcp_err *err) {
    size_t limit = (size_t)probe_int(in, "limit", 4096);
    MCP_AUTO(mcp_result_deinit) struct mcp_result result;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf whole = MCP_BUF_INIT(limit);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf head = MCP_BUF_INIT(limit);
    mcp_result_init(&result);
    MCP_TRY(fill(in, &result, err));
    MCP_TRY(mcp_result_write(&result, &whole, err));
    MCP_TRY(mcp_result_write_head(&result, &head, err));
    return probe_give(json_pack("{s:o, s:o}", "whole", probe_text(mcp_buf_view(&whole)), "head",
                                probe_text(mcp_buf_view(&head))),
                      out, err);
}
