/* SPDX-License-Identifier: MIT */
/* features.c - the table of answered methods; see features.h. */
#include "server/features.h"

#include <string.h>

static const struct mcp_feature_row table[] = {
    {.method = "resources/read",
     .enter = mcp_feature_read_enter,
     .run = mcp_feature_read_run,
     .context = MCP_DURING_READ,
     .explain = mcp_feature_resources_explain},
    {.method = "tools/call",
     .enter = mcp_feature_tools_enter,
     .run = mcp_feature_tools_run,
     .context = MCP_DURING_REQUEST,
     .absorb = mcp_feature_tools_absorb,
     .check = mcp_feature_tools_check},
    {.method = "ping", .enter = mcp_feature_ping, .context = MCP_DURING_REQUEST},
    {.method = "initialize", .enter = mcp_feature_initialize, .context = MCP_DURING_REQUEST},
    {.method = "server/discover", .enter = mcp_feature_discover, .context = MCP_DURING_REQUEST},
    {.method = "tools/list", .enter = mcp_feature_list, .context = MCP_DURING_REQUEST},
    {.method = "resources/list", .enter = mcp_feature_list, .context = MCP_DURING_REQUEST},
    {.method = "resources/templates/list",
     .enter = mcp_feature_list,
     .context = MCP_DURING_REQUEST},
    {.method = "prompts/list", .enter = mcp_feature_list, .context = MCP_DURING_REQUEST},
    {.method = "prompts/get",
     .enter = mcp_feature_prompts_enter,
     .run = mcp_feature_prompts_run,
     .context = MCP_DURING_REQUEST},
    {.method = "completion/complete",
     .enter = mcp_feature_completion_enter,
     .run = mcp_feature_completion_run,
     .context = MCP_DURING_REQUEST},
    {.method = "resources/subscribe",
     .enter = mcp_feature_subscribe,
     .context = MCP_DURING_READ,
     .explain = mcp_feature_resources_explain},
    {.method = "resources/unsubscribe",
     .enter = mcp_feature_unsubscribe,
     .context = MCP_DURING_REQUEST},
    {.method = "logging/setLevel", .enter = mcp_feature_set_level, .context = MCP_DURING_REQUEST},
    {.method = "subscriptions/listen", .enter = mcp_feature_listen, .context = MCP_DURING_REQUEST},
};

const struct mcp_feature_row *mcp_feature_find(const char *method) {
    for (size_t i = 0; i < MCP_COUNT(table); i++)
        if (strcmp(table[i].method, method) == 0)
            return &table[i];
    return NULL;
}
