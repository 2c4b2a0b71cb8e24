/* SPDX-License-Identifier: MIT */
/* sqlite_policy.c - see sqlite_policy.h. Pure: no I/O, no clock, no log. */
#include "database/sqlite_policy.h"

#include <string.h>
#include <strings.h>

#include <sqlite3.h>

enum { MAX_NAME_BYTES = 512 };

/* Sorted by strcasecmp. Left out on purpose: load_extension, fts3_tokenizer, sqlite_*, rtree*,
 * optimize, matchinfo, offsets, and whatever a later SQLite adds. */
static const char *const functions[] = {
    "->",
    "->>",
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "avg",
    "bm25",
    "ceil",
    "ceiling",
    "changes",
    "char",
    "coalesce",
    "cos",
    "cosh",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "highlight",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_length",
    "json_each",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_tree",
    "json_type",
    "json_valid",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "match",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "pi",
    "pow",
    "power",
    "printf",
    "quote",
    "radians",
    "random",
    "randomblob",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "sin",
    "sinh",
    "snippet",
    "soundex",
    "sqrt",
    "strftime",
    "substr",
    "substring",
    "sum",
    "tan",
    "tanh",
    "time",
    "total",
    "trim",
    "trunc",
    "typeof",
    "unicode",
    "unixepoch",
    "unlikely",
    "upper",
    "zeroblob",
};

bool database_policy_has_function(const char *name) {
    size_t low = 0;
    size_t high = MCP_COUNT(functions);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcasecmp(name, functions[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

const char *database_policy_function(size_t i) {
    return i < MCP_COUNT(functions) ? functions[i] : NULL;
}

static bool begins(const char *name, const char *prefix) {
    return strncasecmp(name, prefix, strlen(prefix)) == 0;
}

/* A name over the bound is in no set; for the deny side that is caught by is_too_long. */
const char *database_policy_find(const struct mcp_map *set, const char *table, const char *column) {
    char key[MAX_NAME_BYTES];
    size_t used = 0;
    if (set == NULL || strlen(table) + strlen(column) + 2 > sizeof key)
        return NULL;
    for (const char *at = table; *at != '\0'; at++)
        key[used++] = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    if (column[0] != '\0')
        key[used++] = '.';
    for (const char *at = column; *at != '\0'; at++)
        key[used++] = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    return mcp_map_get(set, (struct mcp_str){key, used});
}

static bool has(const struct mcp_map *set, const char *table, const char *column) {
    return database_policy_find(set, table, column) != NULL;
}

static bool is_too_long(const char *table, const char *column) {
    return strlen(table) + strlen(column) + 2 > MAX_NAME_BYTES;
}

/* The names of SQLite's own tables and of the table-valued functions that show the connection. */
static bool is_engine_name(const char *table) {
    return begins(table, "sqlite_") || begins(table, "pragma_") ||
           strcasecmp(table, "dbstat") == 0 || strcasecmp(table, "bytecode") == 0 ||
           strcasecmp(table, "tables_used") == 0;
}

/* The catalogue's entry for a table, NULL when the file has none of that name. */
static const char *owner_of(const struct database_policy *policy, const char *table) {
    char key[MAX_NAME_BYTES];
    size_t len = strlen(table);
    for (size_t i = 0; i < len; i++)
        key[i] = (char)(table[i] >= 'A' && table[i] <= 'Z' ? table[i] + ('a' - 'A') : table[i]);
    return policy->catalogue != NULL ? mcp_map_get(policy->catalogue, (struct mcp_str){key, len})
                                     : NULL;
}

static enum database_verdict decide_derived(const struct database_policy *policy, const char *table,
                                            const char *column) {
    const char *why = database_policy_find(policy->derived, table, "");
    if (why == NULL && column[0] != '\0')
        why = database_policy_find(policy->derived, table, column);
    if (why == NULL)
        return DATABASE_ALLOW;
    return why[0] == 'm' ? DATABASE_MASK : DATABASE_DENY;
}

static enum database_verdict decide_known(const struct database_policy *policy, const char *table,
                                          const char *column) {
    if (has(policy->denied, table, "") || has(policy->denied, table, column))
        return DATABASE_DENY;
    if (policy->allowed != NULL && !has(policy->allowed, table, "") &&
        (column[0] == '\0' || !has(policy->allowed, table, column)))
        return DATABASE_DENY;
    enum database_verdict derived = decide_derived(policy, table, column);
    bool is_masked = column[0] != '\0' && has(policy->masked, table, column);
    return is_masked && derived == DATABASE_ALLOW ? DATABASE_MASK : derived;
}

static enum database_verdict decide_read(const struct database_policy *policy, const char *table,
                                         const char *column) {
    if (is_too_long(table, column) || is_engine_name(table) || has(policy->denied, table, ""))
        return DATABASE_DENY;
    const char *owner = owner_of(policy, table);
    if (owner == NULL)
        return DATABASE_ALLOW; /* a CTE, a subquery or json_each: what it reads is asked for itself
                                */
    if (owner[0] == '\0')
        return decide_known(policy, table, column);
    return policy->is_stepping ? decide_known(policy, owner, "") : DATABASE_DENY;
}

enum database_verdict database_policy_decide(const struct database_policy *policy, int action,
                                             const char *first, const char *second) {
    if (policy->is_internal)
        return DATABASE_ALLOW;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        return DATABASE_ALLOW;
    case SQLITE_READ:
        return decide_read(policy, first != NULL ? first : "", second != NULL ? second : "");
    case SQLITE_FUNCTION:
        return second != NULL && database_policy_has_function(second) ? DATABASE_ALLOW
                                                                      : DATABASE_DENY;
    case SQLITE_PRAGMA: /* FTS5 looks whether somebody else wrote */
        return policy->is_stepping && first != NULL && strcasecmp(first, "data_version") == 0 &&
                       second == NULL
                   ? DATABASE_ALLOW
                   : DATABASE_DENY;
    default:
        return DATABASE_DENY;
    }
}

static bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '$' || (byte & 0x80) != 0;
}

size_t database_policy_count_word(struct mcp_str text, struct mcp_str word) {
    size_t count = 0;
    for (size_t i = 0; word.len > 0 && i + word.len <= text.len; i++) {
        bool is_begin = i == 0 || !is_name_byte(text.ptr[i - 1]);
        bool is_end = i + word.len == text.len || !is_name_byte(text.ptr[i + word.len]);
        if (is_begin && is_end && strncasecmp(text.ptr + i, word.ptr, word.len) == 0)
            count++;
    }
    return count;
}

bool database_policy_hides(const struct database_policy *policy) {
    return policy->allowed != NULL ||
           (policy->denied != NULL && mcp_map_count(policy->denied) > 0) ||
           (policy->masked != NULL && mcp_map_count(policy->masked) > 0);
}

bool database_policy_refuses_join(const struct database_policy *policy, struct mcp_str sql) {
    static const char *const words[] = {"natural", "using", "indexed"};
    for (size_t i = 0; database_policy_hides(policy) && i < MCP_COUNT(words); i++)
        if (database_policy_count_word(sql, mcp_str_of(words[i])) > 0)
            return true;
    return false;
}

static const char *action_name(int action) {
    static const char *const names[] = {
        [SQLITE_CREATE_INDEX] = "CREATE INDEX",
        [SQLITE_CREATE_TABLE] = "CREATE TABLE",
        [SQLITE_CREATE_TEMP_INDEX] = "CREATE TEMP INDEX",
        [SQLITE_CREATE_TEMP_TABLE] = "CREATE TEMP TABLE",
        [SQLITE_CREATE_TEMP_TRIGGER] = "CREATE TEMP TRIGGER",
        [SQLITE_CREATE_TEMP_VIEW] = "CREATE TEMP VIEW",
        [SQLITE_CREATE_TRIGGER] = "CREATE TRIGGER",
        [SQLITE_CREATE_VIEW] = "CREATE VIEW",
        [SQLITE_DELETE] = "DELETE",
        [SQLITE_DROP_INDEX] = "DROP INDEX",
        [SQLITE_DROP_TABLE] = "DROP TABLE",
        [SQLITE_DROP_TEMP_INDEX] = "DROP INDEX",
        [SQLITE_DROP_TEMP_TABLE] = "DROP TABLE",
        [SQLITE_DROP_TEMP_TRIGGER] = "DROP TRIGGER",
        [SQLITE_DROP_TEMP_VIEW] = "DROP VIEW",
        [SQLITE_DROP_TRIGGER] = "DROP TRIGGER",
        [SQLITE_DROP_VIEW] = "DROP VIEW",
        [SQLITE_INSERT] = "INSERT",
        [SQLITE_PRAGMA] = "PRAGMA",
        [SQLITE_TRANSACTION] = "a transaction statement",
        [SQLITE_UPDATE] = "UPDATE",
        [SQLITE_ATTACH] = "ATTACH",
        [SQLITE_DETACH] = "DETACH",
        [SQLITE_ALTER_TABLE] = "ALTER TABLE",
        [SQLITE_REINDEX] = "REINDEX",
        [SQLITE_ANALYZE] = "ANALYZE",
        [SQLITE_CREATE_VTABLE] = "CREATE VIRTUAL TABLE",
        [SQLITE_DROP_VTABLE] = "DROP TABLE",
        [SQLITE_SAVEPOINT] = "SAVEPOINT",
    };
    const char *name = action >= 0 && (size_t)action < MCP_COUNT(names) ? names[action] : NULL;
    return name != NULL ? name : "that statement";
}

static void explain_read(struct mcp_buf *out, struct mcp_str sql, const char *table,
                         const char *column) {
    bool is_named = database_policy_count_word(sql, mcp_str_of(table)) > 0;
    bool has_column = column[0] != '\0';
    if (is_engine_name(table))
        mcp_buf_addf(out, "%s is not readable; the schema is in the resource database://metadata",
                     table);
    else if (!is_named)
        mcp_buf_add(out, MCP_STR("the statement reads a table that is not exposed, or a part of "
                                 "one"));
    else if (!has_column)
        mcp_buf_addf(out, "table %s is not exposed", table);
    else if (database_policy_count_word(sql, mcp_str_of(column)) > 0)
        mcp_buf_addf(out, "column %s.%s is not exposed", table, column);
    else
        mcp_buf_addf(out, "table %s is not exposed as a whole; name the columns to read", table);
}

/* SQLite asks first about the rows of its own tables that DROP TABLE deletes: name what was
 * written. */
static const char *statement_name(struct mcp_str sql, int action, const char *table) {
    static const char *const verbs[] = {"CREATE", "DROP", "ALTER"};
    for (size_t i = 0; is_engine_name(table) && i < MCP_COUNT(verbs); i++)
        if (database_policy_count_word(sql, mcp_str_of(verbs[i])) > 0)
            return verbs[i];
    return action_name(action);
}

void database_policy_explain(struct mcp_buf *out, struct mcp_str sql, int action, const char *first,
                             const char *second) {
    const char *a = first != NULL ? first : "";
    const char *b = second != NULL ? second : "";
    if (action == SQLITE_FUNCTION)
        mcp_buf_addf(out, "function %s() is not available here", b);
    else if (action == SQLITE_READ)
        explain_read(out, sql, a, b);
    else /* a table-valued function of the engine declares itself with writes to its schema */
        mcp_buf_addf(
            out, "%s is not a read; this server only reads%s", statement_name(sql, action, a),
            is_engine_name(a) ? "; the schema is in the resource database://metadata" : "");
}
