/* SPDX-License-Identifier: MIT */
/* schema_dialect.h - which draft and vocabularies a $schema means, and the metaschemas themselves.
 * Layer: json. Includes: schema_form. */
#ifndef MCP_SCHEMA_DIALECT_H
#define MCP_SCHEMA_DIALECT_H

#include "json/schema_form.h"

/* Text of a metaschema of draft-07 or 2020-12 by its URI (no fragment); NULL when it is none. */
const char *mcp_schema_metaschema(struct mcp_str uri);

/* The dialect of a draft with all its vocabularies; AUTO is 2020-12. */
struct mcp_schema_dialect mcp_schema_dialect_of(enum mcp_schema_draft draft);

/* `uri` without an empty fragment at its end. */
struct mcp_str mcp_schema_plain_uri(struct mcp_str uri);

/*
 * The dialect that `uri`, the value of a $schema, names: one of the two drafts, or a metaschema in
 * `remotes` whose own $schema leads to one of them, narrowed by its $vocabulary.
 *
 *   errors  UNSUPPORTED  neither; or a vocabulary that is required and not known
 */
enum mcp_code mcp_schema_dialect_find(struct mcp_str uri, const json_t *remotes,
                                      struct mcp_schema_dialect *out_dialect,
                                      struct mcp_err *err) MCP_CHECK;

#endif
