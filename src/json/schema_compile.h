/* SPDX-License-Identifier: MIT */
/* schema_compile.h - from a document to the compiled form. Layer: json. Includes: schema_form. */
#ifndef MCP_SCHEMA_COMPILE_H
#define MCP_SCHEMA_COMPILE_H

#include "json/schema_form.h"

/* Fill `schema`, zeroed before; what it holds after a failure is for mcp_schema_free. */
enum mcp_code mcp_schema_build(struct mcp_schema *schema, const json_t *root,
                               const struct mcp_schema_options *options,
                               struct mcp_err *err) MCP_CHECK;

#endif
