/* SPDX-License-Identifier: MIT */
/* arguments.h - the command line of mcp-schema. Layer: schema_tool. Includes: schema. */
#ifndef SCHEMA_TOOL_ARGUMENTS_H
#define SCHEMA_TOOL_ARGUMENTS_H

#include "mcp/schema.h"

enum { SCHEMA_TOOL_MAX_REMOTES = 64 };

enum schema_tool_mode {
    SCHEMA_TOOL_JUDGE,
    SCHEMA_TOOL_BATCH,
    SCHEMA_TOOL_HELP,
    SCHEMA_TOOL_VERSION
};

/* Views into argv. */
struct schema_tool_arguments {
    enum schema_tool_mode mode;
    bool is_json;
    bool assert_format;
    enum mcp_schema_draft draft;
    const char *remotes[SCHEMA_TOOL_MAX_REMOTES]; /* "URI=FILE" */
    size_t remote_count;
    const char *schema;
    char **instances;
    size_t instance_count;
};

/* errors: INVALID, err->where is the argument; LIMIT more than 64 remotes. */
enum mcp_code schema_tool_arguments_parse(int argc, char **argv, struct schema_tool_arguments *out,
                                          struct mcp_err *err) MCP_CHECK;

/* The draft a name ("7", "draft-07", "2020-12") or the URI of a metaschema means. */
enum mcp_code schema_tool_draft(struct mcp_str text, enum mcp_schema_draft *out_draft,
                                struct mcp_err *err) MCP_CHECK;

#endif
