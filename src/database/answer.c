/* SPDX-License-Identifier: MIT */
/* answer.c - see answer.h. Pure: no I/O, no clock, no log. */
#include "database/answer.h"

#include <inttypes.h>

#include "mcp/blob.h"

enum { MAX_ANSWER_BYTES = 160 << 20 }; /* the largest result cap, escaped once more as text */

static enum mcp_code write_structured(const struct database_reply *reply, const char *query,
                                      struct mcp_buf *out, struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("{\"columns\":"));
    mcp_buf_add(out, reply->columns);
    mcp_buf_add(out, MCP_STR(",\"rows\":["));
    mcp_buf_add(out, reply->rows);
    mcp_buf_add(out, MCP_STR("],\"row_count\":"));
    mcp_json_add_integer(out, json_integer_value(json_object_get(reply->done, "row_count")));
    mcp_buf_add(out, MCP_STR(",\"query\":"));
    mcp_json_add_string(out, mcp_str_of(query));
    mcp_buf_addf(out, ",\"truncated\":%s,\"elapsed_ms\":%" PRIu64,
                 json_is_true(json_object_get(reply->done, "truncated")) ? "true" : "false",
                 reply->elapsed_ms);
    const json_t *warnings = json_object_get(reply->done, "warnings");
    if (json_array_size(warnings) > 0) {
        mcp_buf_add(out, MCP_STR(",\"warnings\":"));
        MCP_TRY(mcp_json_write(warnings, out, err));
    }
    mcp_buf_addc(out, '}');
    return mcp_buf_finish(out, err);
}

enum mcp_code database_answer_query(const struct database_reply *reply, const char *query,
                                    struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf structured = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    MCP_TRY(write_structured(reply, query, &structured, err));
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *encoded = mcp_blob_new(mcp_buf_view(&structured));
    if (encoded == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_result_take(out_result,
                            json_pack("{s:[{s:s, s:s%}]}", "content", "type", "text", "text",
                                      structured.data, structured.len),
                            err));
    mcp_result_set_encoded(out_result, "structuredContent", encoded);
    return MCP_OK;
}

enum mcp_code database_answer_resource(const char *uri, const json_t *body,
                                       struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf contents = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    MCP_TRY(mcp_json_write(body, &text, err));
    mcp_buf_add(&contents, MCP_STR("[{\"uri\":"));
    mcp_json_add_string(&contents, mcp_str_of(uri));
    mcp_buf_add(&contents, MCP_STR(",\"mimeType\":\"application/json\",\"text\":"));
    mcp_json_add_string(&contents, mcp_buf_view(&text));
    mcp_buf_add(&contents, MCP_STR("}]"));
    MCP_TRY(mcp_buf_finish(&contents, err));
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *encoded = mcp_blob_new(mcp_buf_view(&contents));
    if (encoded == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_result_set_encoded(out_result, "contents", encoded);
    return MCP_OK;
}
