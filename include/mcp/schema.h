/* SPDX-License-Identifier: MIT */
/* schema.h - JSON Schema draft-07 and 2020-12: compile once, validate often. Layer: json. */
#ifndef MCP_SCHEMA_H
#define MCP_SCHEMA_H

#include "mcp/json.h"

#ifdef __cplusplus
extern "C" {
#endif

enum mcp_schema_draft {
    MCP_SCHEMA_AUTO, /* by $schema, else 2020-12 */
    MCP_SCHEMA_DRAFT_07,
    MCP_SCHEMA_2020_12
};

/* Ceilings used when an option is 0, and those no option changes. */
enum {
    MCP_SCHEMA_DEFAULT_SUBSCHEMAS = 10000,
    MCP_SCHEMA_DEFAULT_DEPTH = 128,
    MCP_SCHEMA_DEFAULT_STEPS = 1000000,
    MCP_SCHEMA_MAX_VALUES = 100000,        /* enum values and keys named by a schema, in total */
    MCP_SCHEMA_MAX_PATTERN_BYTES = 1 << 22 /* of all regular expressions once compiled */
};

struct mcp_schema_options {
    enum mcp_schema_draft draft; /* used when the schema has no $schema */
    bool assert_format;          /* format fails instead of being an annotation */
    const json_t *remotes;       /* object: URI -> schema document; NULL when there are none */
    const char *base_uri;        /* absolute, of a root schema without $id; NULL: none */
    size_t max_subschemas;       /* 0: 10,000; compiled ones, of all documents */
    size_t max_depth;            /* of schema and instance; 0: 128, at most 512. Schemas applied
                                    within one another, references included: 8 times as many */
    size_t max_steps;            /* per validation; 0: 1,000,000. A rule applied, a member or item
                                    visited, an item of a pattern tried, 64 bytes searched */
};

/*
 * Immutable after compile: any number of threads may validate with it. Keeps references to the
 * documents it was compiled from, so the caller may release them, but must not change them.
 * The metaschemas of both drafts are built in: a $ref to them resolves, as does one to a document
 * in `remotes` by its key or its $id.
 */
struct mcp_schema;

/*
 *   in      options      NULL: all defaults
 *   errors  SCHEMA       a keyword's value is not what the draft allows; err->where: schema pointer
 *           UNSUPPORTED  unknown $schema; a $ref outside the given documents (never fetched)
 *           NOT_FOUND    a $ref to a place that its document does not have
 *           SYNTAX       a pattern that is not a regular expression, a malformed $id or $ref
 *           LIMIT        too many subschemas, values or pattern bytes, or too deep
 *           INVALID      an option outside its bounds
 *   cost    O(size of the schema), without recursion into references
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
    struct mcp_str schema;   /* pointer through references, "/properties/port/$ref/maximum" */
    const char *keyword;     /* "maximum"; "" when the whole schema is `false` */
    struct mcp_str sentence; /* "expected at most 65535, got 70000" */
    bool at_key;             /* the member's key is at fault, not its value */
};

/* Return false to stop after this failure. */
typedef bool(mcp_schema_failure_fn)(const struct mcp_schema_failure *failure, void *user);

/*
 * Validate; the first failure is left in err, each one (collect-all) is given to on_failure. When
 * no alternative of anyOf or oneOf fits, that is one failure: its sentence names the nearest one.
 *
 *   in      on_failure  NULL: stop at the first
 *   errors  SCHEMA      the instance does not conform; err->where: instance pointer, what: sentence
 *           LIMIT       steps, depth or pattern matching exceeded their bound
 *           NOMEM       for pattern matching, unevaluated*, uniqueItems over 32, or a sentence;
 *                       all else allocates nothing
 *   cost    at most max_steps
 *   thread  any
 */
enum mcp_code mcp_schema_validate(const struct mcp_schema *schema, const json_t *instance,
                                  mcp_schema_failure_fn *on_failure, void *user,
                                  struct mcp_err *err) MCP_CHECK;

#ifdef __cplusplus
}
#endif

#endif
