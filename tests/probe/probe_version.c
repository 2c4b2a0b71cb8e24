/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/version.json. */
#include "mcp/version.h"
#include "probe.h"

probe_fn probe_version;

static json_t *flags_of(const struct mcp_version_info *info) {
    const struct {
        const char *name;
        bool value;
    } flags[] = {
        {"is_modern", info->is_modern},
        {"allows_batch", info->allows_batch},
        {"has_streamable_http", info->has_streamable_http},
        {"has_version_header", info->has_version_header},
        {"has_stream_priming", info->has_stream_priming},
        {"has_completion_flag", info->has_completion_flag},
        {"input_errors_are_results", info->input_errors_are_results},
        {"has_structured_content", info->has_structured_content},
        {"has_elicitation", info->has_elicitation},
        {"has_url_elicitation", info->has_url_elicitation},
        {"has_sampling_tools", info->has_sampling_tools},
        {"has_server_requests", info->has_server_requests},
        {"has_result_type", info->has_result_type},
    };
    json_t *names = json_array();
    for (size_t i = 0; i < MCP_COUNT(flags); i++)
        if (flags[i].value)
            (void)json_array_append_new(names, json_string(flags[i].name));
    return names;
}

static enum mcp_version version_at(const json_t *pair, size_t index) {
    return mcp_version_parse(mcp_json_str(json_array_get(pair, index)));
}

enum mcp_code probe_version(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *text = json_object_get(in, "parse");
    if (text != NULL) {
        enum mcp_version version = mcp_version_parse(mcp_json_str(text));
        return probe_give(json_string(mcp_version_text(version)), out, err);
    }
    text = json_object_get(in, "negotiate");
    if (text != NULL) {
        enum mcp_version version = mcp_version_negotiate(mcp_json_str(text));
        return probe_give(json_string(mcp_version_text(version)), out, err);
    }
    text = json_object_get(in, "info");
    if (text != NULL) {
        enum mcp_version version = mcp_version_parse(mcp_json_str(text));
        return probe_give(flags_of(mcp_version_info(version)), out, err);
    }
    enum mcp_version a = version_at(json_object_get(in, "order"), 0);
    enum mcp_version b = version_at(json_object_get(in, "order"), 1);
    return probe_give(json_integer(a < b ? -1 : (a > b ? 1 : 0)), out, err);
}
