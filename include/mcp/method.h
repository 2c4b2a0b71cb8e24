/* SPDX-License-Identifier: MIT */
/* method.h - the methods of the protocol, one table. Layer: protocol. Includes: json version. */
#ifndef MCP_METHOD_H
#define MCP_METHOD_H

#include "mcp/json.h"
#include "mcp/version.h"

#ifdef __cplusplus
extern "C" {
#endif

enum mcp_side { MCP_SIDE_CLIENT, MCP_SIDE_SERVER };

enum mcp_feature {
    MCP_FEATURE_BASE, /* lifecycle, ping, cancellation, progress */
    MCP_FEATURE_TOOLS,
    MCP_FEATURE_RESOURCES,
    MCP_FEATURE_PROMPTS,
    MCP_FEATURE_COMPLETION,
    MCP_FEATURE_LOGGING,
    MCP_FEATURE_SUBSCRIPTIONS, /* the modern subscriptions/listen */
    MCP_FEATURE_SAMPLING,
    MCP_FEATURE_ROOTS,
    MCP_FEATURE_ELICITATION,
    MCP_FEATURE_TASKS
};

/*
 * One row: a method in one direction. A method both sides may send has two rows.
 * All texts are in static storage.
 */
struct mcp_method {
    const char *name;
    const char *capability; /* dotted path in the capabilities of `capable`,
                               "resources.subscribe"; NULL: none needed */
    const char *name_param; /* string member of params mirrored in the Mcp-Name header, or NULL */
    const char *list_key;   /* result member of a paginated list ("tools"), or NULL */
    enum mcp_version first; /* revisions that have it, both ends included */
    enum mcp_version last;
    enum mcp_side sender;
    enum mcp_side capable; /* whose capability it needs */
    enum mcp_feature feature;
    bool is_notification;
    bool is_cacheable;  /* modern result carries ttlMs and cacheScope */
    bool may_ask_input; /* modern result may be input_required */
};

/* The row `sender` may use in `version`; NULL when there is none. */
const struct mcp_method *mcp_method_find(struct mcp_str name, enum mcp_version version,
                                         enum mcp_side sender);

/* Row by index, in table order; NULL past the end. */
const struct mcp_method *mcp_method_at(size_t index);

/* `capabilities` (of the side row->capable; object or NULL) admit the method in `version`. */
bool mcp_method_is_offered(const struct mcp_method *method, enum mcp_version version,
                           const json_t *capabilities);

const char *mcp_feature_name(enum mcp_feature feature); /* "tools"; static storage, never NULL */

#ifdef __cplusplus
}
#endif

#endif
