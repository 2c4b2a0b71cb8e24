/* SPDX-License-Identifier: MIT */
/* schema_form.h - the compiled form of a schema: nodes and their rules. Layer: json.
 * Includes: schema, schema_arena, schema_format, schema_pattern, schema_value. */
#ifndef MCP_SCHEMA_FORM_H
#define MCP_SCHEMA_FORM_H

#include "json/schema_arena.h"
#include "json/schema_format.h"
#include "json/schema_pattern.h"
#include "json/schema_value.h"
#include "mcp/schema.h"

/* Ceilings beside the ones in mcp/schema.h. */
enum {
    MCP_SCHEMA_MAX_DEPTH = 512,
    MCP_SCHEMA_FRAMES_PER_DEPTH = 8 /* schemas applied within one another, per level of depth */
};

/* A row each in the table of schema_run.c. */
enum mcp_schema_op {
    MCP_RULE_TYPE,
    MCP_RULE_CONST,
    MCP_RULE_ENUM,
    MCP_RULE_MULTIPLE_OF,
    MCP_RULE_MAXIMUM,
    MCP_RULE_EXCLUSIVE_MAXIMUM,
    MCP_RULE_MINIMUM,
    MCP_RULE_EXCLUSIVE_MINIMUM,
    MCP_RULE_MAX_LENGTH,
    MCP_RULE_MIN_LENGTH,
    MCP_RULE_PATTERN,
    MCP_RULE_FORMAT,
    MCP_RULE_MAX_ITEMS,
    MCP_RULE_MIN_ITEMS,
    MCP_RULE_UNIQUE_ITEMS,
    MCP_RULE_MAX_PROPERTIES,
    MCP_RULE_MIN_PROPERTIES,
    MCP_RULE_REQUIRED,
    MCP_RULE_DEPENDENT_REQUIRED,
    MCP_RULE_PROPERTY_NAMES,
    MCP_RULE_MEMBERS,
    MCP_RULE_ITEMS,
    MCP_RULE_CONTAINS,
    MCP_RULE_REF,
    MCP_RULE_DYNAMIC_REF,
    MCP_RULE_ALL_OF,
    MCP_RULE_ANY_OF,
    MCP_RULE_ONE_OF,
    MCP_RULE_NOT,
    MCP_RULE_IF,
    MCP_RULE_DEPENDENT_SCHEMAS,
    MCP_RULE_UNEVALUATED_ITEMS,
    MCP_RULE_UNEVALUATED_PROPERTIES,
    MCP_RULE_COUNT
};

/* Bits of MCP_RULE_TYPE. */
enum {
    MCP_TYPE_NULL = 1,
    MCP_TYPE_BOOLEAN = 2,
    MCP_TYPE_INTEGER = 4,
    MCP_TYPE_NUMBER = 8,
    MCP_TYPE_STRING = 16,
    MCP_TYPE_ARRAY = 32,
    MCP_TYPE_OBJECT = 64
};

struct mcp_schema_node;
struct mcp_schema_resource;

/* One step down a document: a key, an index, or neither. */
struct mcp_schema_step {
    struct mcp_str key; /* ptr NULL: no key */
    size_t index;       /* used when has_index */
    bool has_index;
};

/* A key and what belongs to it. */
struct mcp_schema_entry {
    struct mcp_str key;
    const struct mcp_schema_node *node;       /* a subschema, or NULL */
    const struct mcp_schema_pattern *pattern; /* of patternProperties, or NULL */
    const struct mcp_str *names;              /* of dependentRequired, or NULL */
    size_t name_count;
};

struct mcp_schema_entries {
    const struct mcp_schema_entry *list;
    size_t count;
};

struct mcp_schema_names {
    const struct mcp_str *list;
    size_t count;
};

struct mcp_schema_nodes {
    const struct mcp_schema_node *const *list;
    size_t count;
};

/* One value of an enum; the list is sorted by hash. */
struct mcp_schema_choice {
    uint64_t hash;
    const json_t *value;
};

struct mcp_schema_choices {
    const struct mcp_schema_choice *list;
    size_t count;
    const json_t *given; /* the array as written */
};

/* properties, patternProperties and additionalProperties, which depend on one another. */
struct mcp_schema_members {
    struct mcp_schema_entries named; /* sorted by key, for a binary search */
    struct mcp_schema_entries patterns;
    const struct mcp_schema_node *rest; /* NULL: anything */
};

/* prefixItems and items, or the forms of items and additionalItems of draft-07. */
struct mcp_schema_items {
    struct mcp_schema_nodes prefix;
    const struct mcp_schema_node *rest; /* NULL: anything */
    const char *prefix_keyword;
    const char *rest_keyword;
};

struct mcp_schema_contains {
    const struct mcp_schema_node *node;
    size_t min;
    size_t max;
    bool marks_items; /* 2020-12: a match counts as evaluated */
};

struct mcp_schema_dynamic {
    const struct mcp_schema_node *node; /* where the reference leads statically */
    struct mcp_str anchor;              /* ptr NULL: no look-up in the dynamic scope */
};

struct mcp_schema_condition {
    const struct mcp_schema_node *test;
    const struct mcp_schema_node *then; /* NULL: anything */
    const struct mcp_schema_node *otherwise;
};

struct mcp_schema_rule {
    enum mcp_schema_op op;
    const char *keyword;
    union {
        unsigned types;
        size_t count;
        const json_t *value; /* const, and the numeric bounds */
        struct {
            const json_t *value;
            struct mcp_schema_decimal decimal;
        } divisor;
        const struct mcp_schema_pattern *pattern;
        const struct mcp_schema_format *format;
        const struct mcp_schema_choices *choices;
        const struct mcp_schema_members *members;
        const struct mcp_schema_items *items;
        const struct mcp_schema_contains *contains;
        const struct mcp_schema_node *node;
        const struct mcp_schema_dynamic *dynamic;
        const struct mcp_schema_condition *condition;
        struct mcp_schema_nodes nodes;
        struct mcp_schema_names names;
        struct mcp_schema_entries entries;
    } as;
    struct mcp_str text; /* pattern as written, for the sentence */
};

enum mcp_schema_verdict { MCP_VERDICT_BY_RULES, MCP_VERDICT_ALWAYS, MCP_VERDICT_NEVER };

/* A subschema at its place; shared by every reference to it. */
struct mcp_schema_node {
    struct mcp_schema_node *next; /* in the queue of nodes to compile */
    const json_t *json;
    const struct mcp_schema_resource *resource;
    const struct mcp_schema_rule *rules; /* in the order they are applied */
    size_t rule_count;
    enum mcp_schema_verdict verdict;
    bool has_unevaluated;

    /* Where it stands in its document, for errors of compilation. */
    const struct mcp_schema_node *parent; /* NULL: `origin` says where */
    const char *keyword;
    struct mcp_schema_step step;
    struct mcp_str origin; /* "", or "URI#/pointer" of what a reference led to */
    size_t depth;
};

/* A named place in a resource. */
struct mcp_schema_anchor {
    struct mcp_schema_anchor *next;
    struct mcp_str name;
    const json_t *json;
    const struct mcp_schema_node *node; /* dynamic ones only */
    bool is_dynamic;
};

/* The vocabularies a schema resource uses. */
struct mcp_schema_dialect {
    enum mcp_schema_draft draft; /* never AUTO */
    bool has_applicator;
    bool has_unevaluated;
    bool has_validation;
    bool asserts_format;
};

/* A part of a document with an identifier of its own; the whole document is one too. */
struct mcp_schema_resource {
    struct mcp_schema_resource *next;
    struct mcp_str uri; /* absolute, without fragment */
    const json_t *root;
    struct mcp_schema_dialect dialect;
    struct mcp_schema_anchor *anchors;
};

/* A document the schema was compiled from, kept alive. */
struct mcp_schema_document {
    struct mcp_schema_document *next;
    json_t *root;
};

struct mcp_schema_pattern_ref {
    struct mcp_schema_pattern_ref *next;
    struct mcp_schema_pattern *pattern;
};

struct mcp_schema {
    struct mcp_schema_arena arena;
    struct mcp_schema_document *documents;
    struct mcp_schema_pattern_ref *patterns;
    struct mcp_schema_matcher *matcher;
    const struct mcp_schema_node *root;
    size_t max_depth;
    size_t max_steps;
};

#endif
