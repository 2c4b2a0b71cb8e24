/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/schema_format.json. */
#include "json/schema_format.h"
#include "probe.h"

probe_fn probe_schema_format;

static enum mcp_code check_text(const struct mcp_schema_format *format, const json_t *text,
                                json_t *answers, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    bool is_valid = false;
    MCP_TRY(probe_bytes(text, &bytes, err));
    MCP_TRY(mcp_schema_format_check(format, mcp_buf_view(&bytes), &is_valid, err));
    if (json_array_append_new(answers, json_boolean(is_valid)) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

enum mcp_code probe_schema_format(const json_t *in, json_t **out, struct mcp_err *err) {
    const struct mcp_schema_format *format =
        mcp_schema_format_find(mcp_json_str(json_object_get(in, "format")));
    if (format == NULL)
        return probe_give(json_null(), out, err);
    const json_t *texts = json_object_get(in, "texts");
    json_auto_t *answers = json_array();
    if (answers == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < json_array_size(texts); i++)
        MCP_TRY(check_text(format, json_array_get(texts, i), answers, err));
    *out = MCP_TAKE(answers);
    return MCP_OK;
}
