/* SPDX-License-Identifier: MIT */
/* catalog.h - what the server offers, frozen at start. Layer: server. Includes: base json. */
#ifndef SERVER_CATALOG_H
#define SERVER_CATALOG_H

#include "mcp/feature.h"
#include "mcp/map.h"
#include "mcp/schema.h"
#include "server/uri_template.h"

struct mcp_tool_entry {
    struct mcp_tool row;
    json_t *input_schema;
    json_t *output_schema; /* or NULL */
    struct mcp_schema *input;
    struct mcp_schema *output; /* or NULL */
    json_t *header_params;     /* arguments mirrored in Mcp-Param-* headers: header_codec.h */
};

struct mcp_resource_entry {
    struct mcp_resource row;

    /* What a read result of nothing but encoded contents begins with, per revision; owned. */
    struct mcp_blob *heads[MCP_VERSION_NEWEST + 1];
};

struct mcp_template_entry {
    struct mcp_resource_template row;
    struct mcp_uri_template parsed;
};

struct mcp_prompt_entry {
    struct mcp_prompt row;
};

/* In the order of registration. Zeroed storage is not ready: init. */
struct mcp_catalog {
    struct mcp_map *tools;     /* name -> mcp_tool_entry */
    struct mcp_map *resources; /* URI -> mcp_resource_entry */
    struct mcp_map *templates; /* URI template -> mcp_template_entry */
    struct mcp_map *prompts;   /* name -> mcp_prompt_entry */
};

enum mcp_code mcp_catalog_init(struct mcp_catalog *catalog, struct mcp_err *err) MCP_CHECK;
void mcp_catalog_deinit(struct mcp_catalog *catalog);

/* errors: EXISTS, INVALID, SCHEMA, NOMEM: see mcp/server.h. err->where names the row. */
enum mcp_code mcp_catalog_add_tool(struct mcp_catalog *catalog, const struct mcp_tool *row,
                                   struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_catalog_add_resource(struct mcp_catalog *catalog, const struct mcp_resource *row,
                                       struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_catalog_add_template(struct mcp_catalog *catalog,
                                       const struct mcp_resource_template *row,
                                       struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_catalog_add_prompt(struct mcp_catalog *catalog, const struct mcp_prompt *row,
                                     struct mcp_err *err) MCP_CHECK;

/* NULL when there is none. */
const struct mcp_tool_entry *mcp_catalog_tool(const struct mcp_catalog *catalog, const char *name);
const struct mcp_resource_entry *mcp_catalog_resource(const struct mcp_catalog *catalog,
                                                      struct mcp_str uri);
const struct mcp_template_entry *mcp_catalog_template(const struct mcp_catalog *catalog,
                                                      struct mcp_str uri_template);
const struct mcp_prompt_entry *mcp_catalog_prompt(const struct mcp_catalog *catalog,
                                                  const char *name);

/*
 * The first template, in order, that the URI matches.
 *   out     *out_values  a new object
 *   errors  NOT_FOUND, NOMEM
 */
enum mcp_code mcp_catalog_match(const struct mcp_catalog *catalog, struct mcp_str uri,
                                const struct mcp_template_entry **out_entry, json_t **out_values,
                                struct mcp_err *err) MCP_CHECK;

/* The argument of that name; NULL when the prompt has none. */
const struct mcp_prompt_argument *mcp_prompt_argument(const struct mcp_prompt_entry *entry,
                                                      const char *name);

bool mcp_catalog_has_completion(const struct mcp_catalog *catalog);

/* Know the heads of all read results. errors: NOMEM */
enum mcp_code mcp_catalog_make_heads(struct mcp_catalog *catalog, json_t *server_info,
                                     struct mcp_err *err) MCP_CHECK;

/* Items of tools/list and its siblings in the newest shape: a new array; NULL when allocation is
 * refused. `list_key` is "tools", "resources", "resourceTemplates" or "prompts". */
json_t *mcp_catalog_items(const struct mcp_catalog *catalog, const char *list_key);

/* Server capabilities in the newest shape: a new object; NULL when allocation is refused. */
json_t *mcp_catalog_capabilities(const struct mcp_catalog *catalog);

#endif
