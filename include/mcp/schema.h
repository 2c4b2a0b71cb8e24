/* SPDX-License-Identifier: MIT */
/* schema.h - JSON Schema draft-07 and 2020-12: compile once, validate often. Layer: json. */
#ifndef MCP_SCHEMA_H
#define MCP_SCHEMA_H

#include "mcp/json.h"

enum mcp_schema_draft {
    MCP_SCHEMA_AUTO, /* by $schema, else 2020-12 */
    MCP_SCHEMA_DRAFT_07,
    MCP_SCHEMA_2020_12
};

struct mcp_schema_options {
    enum mcp_schema_draft draft; /* used when the schema has no $schema */
    bool assert_format;          /* format fails instead of being an annotation */
    const json_t *remotes;       /* object: URI -> schema document; NULL when there are none */
    const char *base_uri;        /* of the root schema when it has no $id; NULL: "" */
    size_t max_subschemas;       /* 0: 10,000 */
    size_t max_depth;            /* of schema and instance; 0: 128 */
    size_t max_steps;            /* per validation; 0: 1,000,000 */
};

/* Immutable after compile: any number of threads may validate with it. Keeps what it needs of the
 * documents it was compiled from (json references), so they may be released. */
struct mcp_schema;

/*
 *   errors  SCHEMA       a keyword's value is not what the draft allows; err->where: schema pointer
 *           UNSUPPORTED  unknown $schema; a $ref outside the given documents (never fetched)
 *           SYNTAX       a pattern that is not a regular expression
 *           LIMIT        too many subschemas, or too deep
 */
enum mcp_code mcp_schema_compile(const json_t *schema, const struct mcp_schema_options *options,
                                 struct mcp_schema **out_schema, struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_schema_compile_text(struct mcp_str text, const struct mcp_schema_options *options,
                                      struct mcp_schema **out_schema,
                                      struct mcp_err *err) MCP_CHECK;
void mcp_schema_free(struct mcp_schema *schema);
void mcp_schema_freep(struct mcp_schema **schema);

/* One failure. All views live until the callback returns. */
struct mcp_schema_failure {
    struct mcp_str instance; /* pointer into the instance, "/servers/db/port" */
    struct mcp_str
        schema; /* pointer into the schema, through references, "/properties/port/maximum" */
    const char *keyword;     /* "maximum" */
    struct mcp_str sentence; /* "expected at most 65535, got 70000" */
};

/* Return false to stop after this failure. */
typedef bool(mcp_schema_failure_fn)(const struct mcp_schema_failure *failure, void *user);

/*
 * Validate; the first failure is left in err, each one (collect-all) is given to on_failure.
 *
 *   in      on_failure  NULL: stop at the first
 *   errors  SCHEMA      the instance does not conform; err->where: instance pointer, what: sentence
 *           LIMIT       steps, depth or pattern matching exceeded their bound
 *   cost    at most max_steps
 *   thread  any
 */
enum mcp_code mcp_schema_validate(const struct mcp_schema *schema, const json_t *instance,
                                  mcp_schema_failure_fn *on_failure, void *user,
                                  struct mcp_err *err) MCP_CHECK;

#endif
