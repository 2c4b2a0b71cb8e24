/* SPDX-License-Identifier: MIT */
/* meta.h - the `_meta` member: read, check, build. Layer: protocol. Includes: json version. */
#ifndef MCP_META_H
#define MCP_META_H

#include "mcp/json.h"
#include "mcp/version.h"

#define MCP_META_VERSION      "io.modelcontextprotocol/protocolVersion"
#define MCP_META_CLIENT_INFO  "io.modelcontextprotocol/clientInfo"
#define MCP_META_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"
#define MCP_META_LOG_LEVEL    "io.modelcontextprotocol/logLevel"
#define MCP_META_SUBSCRIPTION "io.modelcontextprotocol/subscriptionId"
#define MCP_META_SERVER_INFO  "io.modelcontextprotocol/serverInfo"

/* What we know of one `_meta`. All borrowed from it; absent members are NULL. */
struct mcp_meta {
    json_t *progress_token; /* string or integer */
    const char *protocol_version;
    json_t *client_info;         /* object */
    json_t *client_capabilities; /* object */
    const char *log_level;       /* one of the eight words */
    json_t *subscription_id;     /* string or integer */
};

/* The request claims to be modern: the version key is there, whatever its value. Decides the era of
 * a message. `params` may be NULL. spec: 2026-07-28 versioning */
bool mcp_meta_is_modern(const json_t *params);

/*
 * Read params._meta. Unknown keys are left alone.
 *
 *   in      params    object or NULL
 *   out     out_meta  all NULL when there is no _meta
 *   errors  SCHEMA    _meta is not an object, or a member above has another type;
 *                     err->where: "/_meta/progressToken"
 */
enum mcp_code mcp_meta_read(const json_t *params, struct mcp_meta *out_meta,
                            struct mcp_err *err) MCP_CHECK;

/* A modern request has what it must have: version and capabilities. errors: SCHEMA. */
enum mcp_code mcp_meta_require(const struct mcp_meta *meta, struct mcp_err *err) MCP_CHECK;

/* Severity of a level word, 0 debug to 7 emergency; -1 when it is none. */
int mcp_meta_log_rank(struct mcp_str level);

/* `prefix/name` of the key grammar; the prefix is optional, the name may be empty after one. */
bool mcp_meta_key_is_valid(struct mcp_str key);

/* The key belongs to the protocol: second label of its prefix is mcp or modelcontextprotocol. */
bool mcp_meta_key_is_reserved(struct mcp_str key);

/*
 * Builders. They add to params or result `object`, whose _meta is created, or copied before it is
 * changed; the value is borrowed. errors: NOMEM.
 */
enum mcp_code mcp_meta_set(json_t *object, const char *key, json_t *value,
                           struct mcp_err *err) MCP_CHECK;

/* Everything a modern client says on each request; `client_info` may be NULL. */
enum mcp_code mcp_meta_set_client(json_t *params, enum mcp_version version, json_t *client_info,
                                  json_t *capabilities, struct mcp_err *err) MCP_CHECK;

/* What a gateway forwards: a new object without the keys that belong to one hop (the six above and
 * progressToken); NULL in *out_meta when nothing is left. `meta` may be NULL. errors: NOMEM. */
enum mcp_code mcp_meta_forward(json_t *meta, json_t **out_meta, struct mcp_err *err) MCP_CHECK;

#endif
