/* SPDX-License-Identifier: MIT */
/* schema_builder.h - what the stages of compilation share. Layer: json. Includes: schema_form. */
#ifndef MCP_SCHEMA_BUILDER_H
#define MCP_SCHEMA_BUILDER_H

#include "json/schema_form.h"
#include "mcp/map.h"

enum { MCP_SCHEMA_MAX_RULES = 48 }; /* of one subschema: more than there are keywords */

/* A key of the maps by address; `resource` is NULL in the map of roots. */
struct mcp_schema_address {
    const void *json;
    const void *resource;
};

static inline struct mcp_str mcp_schema_key(const struct mcp_schema_address *address) {
    return (struct mcp_str){(const char *)address, sizeof *address};
}

struct mcp_schema_builder {
    struct mcp_schema *schema; /* under construction */
    const json_t *remotes;
    struct mcp_schema_dialect dialect; /* of documents without $schema */
    bool assert_format;
    size_t max_subschemas;
    size_t max_depth;
    size_t node_count;
    size_t value_count;
    size_t pattern_bytes;
    struct mcp_map *by_uri;  /* absolute URI -> struct mcp_schema_resource */
    struct mcp_map *by_root; /* address of a document's part -> struct mcp_schema_resource */
    struct mcp_map *nodes;   /* addresses of a subschema and its resource -> its node */
    struct mcp_schema_resource *resources;
    struct mcp_schema_node *first; /* queue of nodes whose rules are still to be made */
    struct mcp_schema_node *last;
    struct mcp_schema_rule rules[MCP_SCHEMA_MAX_RULES]; /* of the node at hand */
    size_t rule_count;
    struct mcp_err *err;
};

/* schema_builder.c */

/* `count` zeroed elements from the schema's arena; NULL, and NOMEM recorded, when refused. */
void *mcp_schema_take(struct mcp_schema_builder *builder, size_t count, size_t size);

/* A copy of `text` in the arena. */
enum mcp_code mcp_schema_copy(struct mcp_schema_builder *builder, struct mcp_str text,
                              struct mcp_str *out_copy) MCP_CHECK;

/* Count `count` values against MCP_SCHEMA_MAX_VALUES. */
enum mcp_code mcp_schema_count_values(struct mcp_schema_builder *builder, size_t count) MCP_CHECK;

/* Put the place of `keyword` in `node` in front of the recorded error; returns `code`. */
enum mcp_code mcp_schema_blame(struct mcp_schema_builder *builder,
                               const struct mcp_schema_node *node, const char *keyword,
                               enum mcp_code code);

/* The node of the subschema `json`, at keyword and step below `parent`; made when it is new. */
enum mcp_code mcp_schema_child(struct mcp_schema_builder *builder,
                               const struct mcp_schema_node *parent, const char *keyword,
                               struct mcp_schema_step step, const json_t *json,
                               const struct mcp_schema_node **out_node) MCP_CHECK;

/* The node of the subschema `json` in `resource`, which a reference or an anchor led to. */
enum mcp_code mcp_schema_reach(struct mcp_schema_builder *builder, const json_t *json,
                               const struct mcp_schema_resource *resource, struct mcp_str origin,
                               const struct mcp_schema_node **out_node) MCP_CHECK;

/* Append the absolute form of `reference`, without fragment, against the URI of a resource. */
enum mcp_code mcp_schema_absolute(struct mcp_schema_builder *builder, struct mcp_str base,
                                  struct mcp_str reference, struct mcp_buf *out) MCP_CHECK;

/* Split at the first "#": *out_fragment is without it, and empty when there is none. */
struct mcp_str mcp_schema_split(struct mcp_str reference, struct mcp_str *out_fragment);

/* schema_index.c */

/* Keep `root` alive and note every identifier and anchor in it. `uri` is where it was found. */
enum mcp_code mcp_schema_index(struct mcp_schema_builder *builder, const json_t *root,
                               struct mcp_str uri,
                               const struct mcp_schema_resource **out_resource) MCP_CHECK;

/* schema_resolve.c */

/* The node `reference`, in a schema of `from`, leads to. *out_anchor is set when it is by the name
 * of a $dynamicAnchor. */
enum mcp_code mcp_schema_resolve(struct mcp_schema_builder *builder,
                                 const struct mcp_schema_resource *from, struct mcp_str reference,
                                 const struct mcp_schema_node **out_node,
                                 struct mcp_str *out_anchor) MCP_CHECK;

/* schema_keywords.c */

/* Fill in the rules of `node`, creating its children. */
enum mcp_code mcp_schema_make_rules(struct mcp_schema_builder *builder,
                                    struct mcp_schema_node *node) MCP_CHECK;

/* schema_applicators.c and schema_assertions.c: one keyword each */

struct mcp_schema_keyword {
    const char *name;
    unsigned flags; /* drafts and vocabulary it belongs to */
    enum mcp_schema_op op;
    enum mcp_code (*make)(struct mcp_schema_builder *builder, struct mcp_schema_node *node,
                          const struct mcp_schema_keyword *keyword, const json_t *value);
};

typedef enum mcp_code(mcp_schema_make_fn)(struct mcp_schema_builder *builder,
                                          struct mcp_schema_node *node,
                                          const struct mcp_schema_keyword *keyword,
                                          const json_t *value);

/* Append a rule to the node at hand; the caller fills in its `as`. */
struct mcp_schema_rule *mcp_schema_add_rule(struct mcp_schema_builder *builder,
                                            const struct mcp_schema_keyword *keyword);

/* Fail unless `value` is of the kind `noun` ("a string") says. */
enum mcp_code mcp_schema_expect(struct mcp_schema_builder *builder,
                                const struct mcp_schema_node *node, const char *keyword,
                                const json_t *value, const char *noun) MCP_CHECK;

/* Compile one regular expression of `keyword`, owned by the schema. */
enum mcp_code mcp_schema_add_pattern(struct mcp_schema_builder *builder,
                                     const struct mcp_schema_node *node, const char *keyword,
                                     struct mcp_str text,
                                     const struct mcp_schema_pattern **out_pattern) MCP_CHECK;

/* The strings of an array, all different. */
enum mcp_code mcp_schema_read_names(struct mcp_schema_builder *builder,
                                    const struct mcp_schema_node *node, const char *keyword,
                                    const json_t *value,
                                    struct mcp_schema_names *out_names) MCP_CHECK;

/* A non-negative integer, however it is written; more than SIZE_MAX is SIZE_MAX. */
enum mcp_code mcp_schema_read_count(struct mcp_schema_builder *builder,
                                    const struct mcp_schema_node *node, const char *keyword,
                                    const json_t *value, size_t *out_count) MCP_CHECK;

mcp_schema_make_fn mcp_schema_make_type;
mcp_schema_make_fn mcp_schema_make_const;
mcp_schema_make_fn mcp_schema_make_enum;
mcp_schema_make_fn mcp_schema_make_multiple_of;
mcp_schema_make_fn mcp_schema_make_bound;
mcp_schema_make_fn mcp_schema_make_count;
mcp_schema_make_fn mcp_schema_make_pattern;
mcp_schema_make_fn mcp_schema_make_format;
mcp_schema_make_fn mcp_schema_make_unique;
mcp_schema_make_fn mcp_schema_make_required;
mcp_schema_make_fn mcp_schema_make_dependent_required;
mcp_schema_make_fn mcp_schema_check_count;
mcp_schema_make_fn mcp_schema_check_string;
mcp_schema_make_fn mcp_schema_check_boolean;
mcp_schema_make_fn mcp_schema_check_array;

mcp_schema_make_fn mcp_schema_make_members;
mcp_schema_make_fn mcp_schema_make_items;
mcp_schema_make_fn mcp_schema_make_contains;
mcp_schema_make_fn mcp_schema_make_ref;
mcp_schema_make_fn mcp_schema_make_dynamic_ref;
mcp_schema_make_fn mcp_schema_make_branches;
mcp_schema_make_fn mcp_schema_make_single;
mcp_schema_make_fn mcp_schema_make_unevaluated;
mcp_schema_make_fn mcp_schema_make_if;
mcp_schema_make_fn mcp_schema_make_dependent_schemas;
mcp_schema_make_fn mcp_schema_make_dependencies;
mcp_schema_make_fn mcp_schema_check_schema;
mcp_schema_make_fn mcp_schema_check_definitions;

#endif
