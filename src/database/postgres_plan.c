/* SPDX-License-Identifier: MIT */
/* postgres_plan.c - see postgres_plan.h. Pure: no I/O, no clock, no log. */
#include "database/postgres_plan.h"

#include <stdio.h>
#include <string.h>

enum { MAX_DETAIL_BYTES = 4000 };

/* Members whose text tells what a node does, and the word before each. */
static const char *const conditions[][2] = {
    {"Index Cond", "index"},       {"Recheck Cond", "recheck"},    {"Hash Cond", "hash"},
    {"Merge Cond", "merge"},       {"Join Filter", "join filter"}, {"Filter", "filter"},
    {"One-Time Filter", "filter"},
};

static const char *text_of(const json_t *node, const char *key) {
    return json_string_value(json_object_get(node, key));
}

static void add_member(struct mcp_buf *out, const json_t *node, const char *key,
                       const char *before) {
    const char *text = text_of(node, key);
    if (text != NULL)
        mcp_buf_addf(out, "%s%s", before, text);
}

/* A name that is not one word is quoted: where it ends must be seen. */
static void add_name(struct mcp_buf *out, const char *before, const char *name) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";
    mcp_buf_add(out, mcp_str_of(before));
    if (name[strspn(name, plain)] == '\0') {
        mcp_buf_add(out, mcp_str_of(name));
        return;
    }
    mcp_buf_addc(out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            mcp_buf_addc(out, '"');
        mcp_buf_addc(out, *name);
    }
    mcp_buf_addc(out, '"');
}

static void add_relation(struct mcp_buf *out, const json_t *node) {
    const char *relation = text_of(node, "Relation Name");
    const char *alias = text_of(node, "Alias");
    add_member(out, node, "Index Name", " using ");
    if (relation != NULL)
        add_name(out, " on ", relation);
    add_member(out, node, "CTE Name", " on ");
    add_member(out, node, "Function Name", " on ");
    if (relation != NULL && alias != NULL && strcmp(relation, alias) != 0)
        add_name(out, " ", alias);
}

static enum mcp_code write_detail(const json_t *node, struct mcp_buf *out, struct mcp_err *err) {
    const char *type = text_of(node, "Node Type");
    if (type == NULL)
        return MCP_FAIL(err, MCP_E_PEER, "the database sent a plan without types");
    const char *join = text_of(node, "Join Type");
    add_member(out, node, "Subplan Name", "");
    mcp_buf_addf(out, "%s%s", out->len > 0 ? ": " : "", type);
    if (join != NULL)
        mcp_buf_addf(out, " (%s)", join);
    add_relation(out, node);
    if (json_is_integer(json_object_get(node, "Plan Rows")))
        mcp_buf_addf(out, " (rows=%lld)",
                     (long long)json_integer_value(json_object_get(node, "Plan Rows")));
    const char *before = ": ";
    for (size_t i = 0; i < MCP_COUNT(conditions); i++) {
        const char *text = text_of(node, conditions[i][0]);
        if (text == NULL)
            continue;
        mcp_buf_addf(out, "%s%s %s", before, conditions[i][1], text);
        before = ", ";
    }
    if (out->status == MCP_E_LIMIT)
        out->status = MCP_OK; /* cut: a line of 4,000 bytes says enough */
    return mcp_buf_finish(out, err);
}

struct level {
    const json_t *nodes; /* array */
    size_t next;
    json_int_t parent;
};

static enum mcp_code add_node(json_t *rows, const json_t *node, json_int_t parent,
                              struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf detail = MCP_BUF_INIT(MAX_DETAIL_BYTES);
    MCP_TRY(write_detail(node, &detail, err));
    json_t *row = json_pack("{s:I, s:I, s:s}", "id", (json_int_t)json_array_size(rows) + 1,
                            "parent", parent, "detail", detail.data);
    return json_array_append_new(rows, row) == 0 ? MCP_OK
                                                 : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code add_nodes(json_t *rows, const json_t *roots, struct mcp_err *err) {
    struct level levels[DATABASE_PLAN_MAX_DEPTH];
    size_t depth = 1;
    levels[0] = (struct level){roots, 0, 0};
    while (depth > 0) {
        struct level *level = &levels[depth - 1];
        const json_t *node = json_array_get(level->nodes, level->next++);
        if (node == NULL) {
            depth--;
            continue;
        }
        MCP_TRY(add_node(rows, node, level->parent, err));
        const json_t *below = json_object_get(node, "Plans");
        if (below == NULL)
            continue;
        if (depth == DATABASE_PLAN_MAX_DEPTH)
            return MCP_FAIL(err, MCP_E_LIMIT, "the plan is deeper than %d",
                            DATABASE_PLAN_MAX_DEPTH);
        levels[depth++] = (struct level){below, 0, (json_int_t)json_array_size(rows)};
    }
    return MCP_OK;
}

enum mcp_code database_postgres_plan(struct mcp_str text, json_t **out_rows, struct mcp_err *err) {
    json_t *plan MCP_AUTO(mcp_json_decref) = NULL;
    json_t *rows MCP_AUTO(mcp_json_decref) = json_array();
    MCP_TRY(mcp_json_parse(text, &plan, err));
    json_t *root = json_object_get(json_array_get(plan, 0), "Plan");
    if (root == NULL)
        return MCP_FAIL(err, MCP_E_PEER, "the database sent a plan without a root");
    json_t *roots MCP_AUTO(mcp_json_decref) = json_pack("[O]", root);
    if (rows == NULL || roots == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(add_nodes(rows, roots, err));
    *out_rows = MCP_TAKE(rows);
    return MCP_OK;
}
