/* SPDX-License-Identifier: MIT */
/* version.c - see mcp/version.h. Pure: no I/O, no clock, no log. */
#include "mcp/version.h"

#include <string.h>

enum { TEXT_LEN = 10 }; /* every revision is a date */

static const struct mcp_version_info table[] = {
    [MCP_VERSION_NONE] = {.text = ""},
    [MCP_VERSION_2024_11_05] = {.version = MCP_VERSION_2024_11_05,
                                .text = "2024-11-05",
                                .has_server_requests = true},
    [MCP_VERSION_2025_03_26] = {.version = MCP_VERSION_2025_03_26,
                                .text = "2025-03-26",
                                .allows_batch = true,
                                .has_streamable_http = true,
                                .has_completion_flag = true,
                                .has_server_requests = true},
    [MCP_VERSION_2025_06_18] = {.version = MCP_VERSION_2025_06_18,
                                .text = "2025-06-18",
                                .has_streamable_http = true,
                                .has_version_header = true,
                                .has_completion_flag = true,
                                .has_structured_content = true,
                                .has_elicitation = true,
                                .has_server_requests = true},
    [MCP_VERSION_2025_11_25] = {.version = MCP_VERSION_2025_11_25,
                                .text = "2025-11-25",
                                .has_streamable_http = true,
                                .has_version_header = true,
                                .has_stream_priming = true,
                                .has_completion_flag = true,
                                .input_errors_are_results = true,
                                .has_structured_content = true,
                                .has_elicitation = true,
                                .has_url_elicitation = true,
                                .has_sampling_tools = true,
                                .has_server_requests = true},
    [MCP_VERSION_2026_07_28] = {.version = MCP_VERSION_2026_07_28,
                                .text = "2026-07-28",
                                .is_modern = true,
                                .has_streamable_http = true,
                                .has_version_header = true,
                                .has_completion_flag = true,
                                .input_errors_are_results = true,
                                .has_structured_content = true,
                                .has_elicitation = true,
                                .has_url_elicitation = true,
                                .has_sampling_tools = true,
                                .has_result_type = true},
};

enum mcp_version mcp_version_parse(struct mcp_str text) {
    if (text.len != TEXT_LEN)
        return MCP_VERSION_NONE;
    for (size_t i = MCP_VERSION_OLDEST; i < MCP_COUNT(table); i++)
        if (memcmp(text.ptr, table[i].text, TEXT_LEN) == 0)
            return table[i].version;
    return MCP_VERSION_NONE;
}

const char *mcp_version_text(enum mcp_version version) {
    return mcp_version_info(version)->text;
}

const struct mcp_version_info *mcp_version_info(enum mcp_version version) {
    return &table[(size_t)version < MCP_COUNT(table) ? version : MCP_VERSION_NONE];
}

enum mcp_version mcp_version_negotiate(struct mcp_str requested) {
    const struct mcp_version_info *info = mcp_version_info(mcp_version_parse(requested));
    bool is_legacy = info->version != MCP_VERSION_NONE && !info->is_modern;
    return is_legacy ? info->version : MCP_VERSION_NEWEST_LEGACY;
}
