/* SPDX-License-Identifier: MIT */
/* method.c - see mcp/method.h. Pure: no I/O, no clock, no log. */
#include "mcp/method.h"

#include <string.h>

#define V24   MCP_VERSION_2024_11_05
#define V0618 MCP_VERSION_2025_06_18
#define V1125 MCP_VERSION_2025_11_25
#define V26   MCP_VERSION_2026_07_28

#define TASKS_EXTENSION "extensions.io.modelcontextprotocol/tasks"

/* clang-format off */
#define REQUEST(method, side, from, to, family)                                                    \
    .name = (method), .sender = (side), .first = (from), .last = (to), .feature = (family)
#define NOTICE(method, side, from, to, family)                                                     \
    REQUEST(method, side, from, to, family), .is_notification = true
#define NEEDS(side, path) .capable = (side), .capability = (path)
#define C MCP_SIDE_CLIENT
#define S MCP_SIDE_SERVER

static const struct mcp_method table[] = {
    {REQUEST("initialize", C, V24, V1125, MCP_FEATURE_BASE)},
    {NOTICE("notifications/initialized", C, V24, V1125, MCP_FEATURE_BASE)},
    {REQUEST("server/discover", C, V26, V26, MCP_FEATURE_BASE), .is_cacheable = true},
    {REQUEST("ping", C, V24, V1125, MCP_FEATURE_BASE)},
    {REQUEST("ping", S, V24, V1125, MCP_FEATURE_BASE)},
    {NOTICE("notifications/cancelled", C, V24, V26, MCP_FEATURE_BASE)},
    {NOTICE("notifications/cancelled", S, V24, V26, MCP_FEATURE_BASE)},
    {NOTICE("notifications/progress", C, V24, V1125, MCP_FEATURE_BASE)},
    {NOTICE("notifications/progress", S, V24, V26, MCP_FEATURE_BASE)},

    {REQUEST("tools/list", C, V24, V26, MCP_FEATURE_TOOLS), NEEDS(S, "tools"),
     .list_key = "tools", .is_cacheable = true},
    {REQUEST("tools/call", C, V24, V26, MCP_FEATURE_TOOLS), NEEDS(S, "tools"),
     .name_param = "name", .may_ask_input = true},
    {NOTICE("notifications/tools/list_changed", S, V24, V26, MCP_FEATURE_TOOLS),
     NEEDS(S, "tools.listChanged")},

    {REQUEST("resources/list", C, V24, V26, MCP_FEATURE_RESOURCES), NEEDS(S, "resources"),
     .list_key = "resources", .is_cacheable = true},
    {REQUEST("resources/templates/list", C, V24, V26, MCP_FEATURE_RESOURCES),
     NEEDS(S, "resources"), .list_key = "resourceTemplates", .is_cacheable = true},
    {REQUEST("resources/read", C, V24, V26, MCP_FEATURE_RESOURCES), NEEDS(S, "resources"),
     .name_param = "uri", .is_cacheable = true, .may_ask_input = true},
    {REQUEST("resources/subscribe", C, V24, V1125, MCP_FEATURE_RESOURCES),
     NEEDS(S, "resources.subscribe")},
    {REQUEST("resources/unsubscribe", C, V24, V1125, MCP_FEATURE_RESOURCES),
     NEEDS(S, "resources.subscribe")},
    {NOTICE("notifications/resources/updated", S, V24, V26, MCP_FEATURE_RESOURCES),
     NEEDS(S, "resources.subscribe")},
    {NOTICE("notifications/resources/list_changed", S, V24, V26, MCP_FEATURE_RESOURCES),
     NEEDS(S, "resources.listChanged")},

    {REQUEST("prompts/list", C, V24, V26, MCP_FEATURE_PROMPTS), NEEDS(S, "prompts"),
     .list_key = "prompts", .is_cacheable = true},
    {REQUEST("prompts/get", C, V24, V26, MCP_FEATURE_PROMPTS), NEEDS(S, "prompts"),
     .name_param = "name", .may_ask_input = true},
    {NOTICE("notifications/prompts/list_changed", S, V24, V26, MCP_FEATURE_PROMPTS),
     NEEDS(S, "prompts.listChanged")},

    {REQUEST("completion/complete", C, V24, V26, MCP_FEATURE_COMPLETION), NEEDS(S, "completions")},

    {REQUEST("logging/setLevel", C, V24, V1125, MCP_FEATURE_LOGGING), NEEDS(S, "logging")},
    {NOTICE("notifications/message", S, V24, V26, MCP_FEATURE_LOGGING), NEEDS(S, "logging")},

    {REQUEST("subscriptions/listen", C, V26, V26, MCP_FEATURE_SUBSCRIPTIONS)},
    {NOTICE("notifications/subscriptions/acknowledged", S, V26, V26, MCP_FEATURE_SUBSCRIPTIONS)},

    {REQUEST("sampling/createMessage", S, V24, V1125, MCP_FEATURE_SAMPLING), NEEDS(C, "sampling")},

    {REQUEST("roots/list", S, V24, V1125, MCP_FEATURE_ROOTS), NEEDS(C, "roots")},
    {NOTICE("notifications/roots/list_changed", C, V24, V1125, MCP_FEATURE_ROOTS),
     NEEDS(C, "roots.listChanged")},

    {REQUEST("elicitation/create", S, V0618, V1125, MCP_FEATURE_ELICITATION),
     NEEDS(C, "elicitation")},
    {NOTICE("notifications/elicitation/complete", S, V1125, V1125, MCP_FEATURE_ELICITATION),
     NEEDS(C, "elicitation.url")},

    {REQUEST("tasks/get", C, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(S, "tasks")},
    {REQUEST("tasks/get", C, V26, V26, MCP_FEATURE_TASKS), NEEDS(S, TASKS_EXTENSION),
     .name_param = "taskId"},
    {REQUEST("tasks/result", C, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(S, "tasks")},
    {REQUEST("tasks/list", C, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(S, "tasks.list"),
     .list_key = "tasks"},
    {REQUEST("tasks/update", C, V26, V26, MCP_FEATURE_TASKS), NEEDS(S, TASKS_EXTENSION),
     .name_param = "taskId"},
    {REQUEST("tasks/cancel", C, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(S, "tasks.cancel")},
    {REQUEST("tasks/cancel", C, V26, V26, MCP_FEATURE_TASKS), NEEDS(S, TASKS_EXTENSION),
     .name_param = "taskId"},
    {REQUEST("tasks/get", S, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(C, "tasks")},
    {REQUEST("tasks/result", S, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(C, "tasks")},
    {REQUEST("tasks/list", S, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(C, "tasks.list"),
     .list_key = "tasks"},
    {REQUEST("tasks/cancel", S, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(C, "tasks.cancel")},
    {NOTICE("notifications/tasks/status", C, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(C, "tasks")},
    {NOTICE("notifications/tasks/status", S, V1125, V1125, MCP_FEATURE_TASKS), NEEDS(S, "tasks")},
    {NOTICE("notifications/tasks", S, V26, V26, MCP_FEATURE_TASKS), NEEDS(S, TASKS_EXTENSION)},
};
/* clang-format on */

static bool is_named(const struct mcp_method *row, struct mcp_str name) {
    return name.len > 0 && strncmp(row->name, name.ptr, name.len) == 0 &&
           row->name[name.len] == '\0';
}

const struct mcp_method *mcp_method_find(struct mcp_str name, enum mcp_version version,
                                         enum mcp_side sender) {
    for (size_t i = 0; i < MCP_COUNT(table); i++) {
        const struct mcp_method *row = &table[i];
        if (row->sender == sender && version >= row->first && version <= row->last &&
            is_named(row, name))
            return row;
    }
    return NULL;
}

const struct mcp_method *mcp_method_at(size_t index) {
    return index < MCP_COUNT(table) ? &table[index] : NULL;
}

/* "tools", "resources.subscribe", "extensions.vendor.prefix/name": all after the first dot is one
 * key. */
static bool is_declared(const json_t *capabilities, const char *path) {
    const char *dot = strchr(path, '.');
    size_t head = dot != NULL ? (size_t)(dot - path) : strlen(path);
    const json_t *value = json_object_getn(capabilities, path, head);
    if (dot != NULL)
        value = json_object_get(value, dot + 1);
    return json_is_object(value) || json_is_true(value);
}

bool mcp_method_is_offered(const struct mcp_method *method, enum mcp_version version,
                           const json_t *capabilities) {
    if (method->capability == NULL)
        return true;
    if (method->feature == MCP_FEATURE_COMPLETION &&
        !mcp_version_info(version)->has_completion_flag)
        return true;
    return is_declared(capabilities, method->capability);
}

const char *mcp_feature_name(enum mcp_feature feature) {
    static const char *const names[] = {
        [MCP_FEATURE_BASE] = "base",
        [MCP_FEATURE_TOOLS] = "tools",
        [MCP_FEATURE_RESOURCES] = "resources",
        [MCP_FEATURE_PROMPTS] = "prompts",
        [MCP_FEATURE_COMPLETION] = "completion",
        [MCP_FEATURE_LOGGING] = "logging",
        [MCP_FEATURE_SUBSCRIPTIONS] = "subscriptions",
        [MCP_FEATURE_SAMPLING] = "sampling",
        [MCP_FEATURE_ROOTS] = "roots",
        [MCP_FEATURE_ELICITATION] = "elicitation",
        [MCP_FEATURE_TASKS] = "tasks",
    };
    return (size_t)feature < MCP_COUNT(names) ? names[feature] : "unknown";
}
