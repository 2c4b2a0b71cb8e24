/* SPDX-License-Identifier: MIT */
/* sql_form.c - see sql_form.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/sql_form.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_BYTES = 60 };

/* Replaced by whoever builds the query. */
static const char *const placeholders[] = {"date_column"};

struct scan {
    struct mcp_str sql;
    char quote; /* the open one, or '\0' */
    long depth; /* open parentheses; -1: closed one too many */
    bool has_semicolon;
    bool has_comment;
    bool has_text;
    size_t brace; /* 1 + where a brace was opened; 0: none is open */
    struct product_sql_faults *faults;
};

/* Room for a sentence; NULL when there are enough. */
static char *add(struct product_sql_faults *faults, const char *rule) {
    if (faults->count == PRODUCT_SQL_MAX_FAULTS)
        return NULL;
    struct product_sql_fault *fault = &faults->rows[faults->count++];
    fault->rule = rule;
    return fault->sentence;
}

static void say(struct product_sql_faults *faults, const char *rule, const char *sentence) {
    char *room = add(faults, rule);
    if (room != NULL)
        (void)snprintf(room, PRODUCT_SQL_SENTENCE_BYTES, "%s", sentence);
}

static bool is_known(struct mcp_str name) {
    for (size_t i = 0; i < MCP_COUNT(placeholders); i++)
        if (mcp_str_equal(name, mcp_str_of(placeholders[i])))
            return true;
    return false;
}

/* A brace closes at `at`. */
static void end_placeholder(struct scan *scan, size_t at) {
    struct mcp_str name = {scan->sql.ptr + scan->brace, at - scan->brace};
    if (scan->brace == 0) {
        say(scan->faults, "sql-placeholder", "\"}\" without its \"{\"");
        return;
    }
    scan->brace = 0;
    if (is_known(name))
        return;
    char *room = add(scan->faults, "sql-placeholder");
    if (room != NULL)
        (void)snprintf(room, PRODUCT_SQL_SENTENCE_BYTES,
                       "unknown placeholder \"{%.*s}\": expected {date_column}",
                       (int)(name.len < SHOWN_BYTES ? name.len : SHOWN_BYTES), name.ptr);
}

static bool begins_comment(struct mcp_str sql, size_t at) {
    char next = '\0';
    if (at + 1 < sql.len)
        next = sql.ptr[at + 1];
    return (sql.ptr[at] == '-' && next == '-') || (sql.ptr[at] == '/' && next == '*');
}

static void take_parenthesis(struct scan *scan, char c) {
    if (scan->depth < 0)
        return;
    if (c == '(')
        scan->depth++;
    else if (c == ')')
        scan->depth--;
}

/* A byte outside quotes. */
static void take_plain(struct scan *scan, size_t at) {
    char c = scan->sql.ptr[at];
    if (strchr(" \t\n\r", c) == NULL || c == '\0')
        scan->has_text = true;
    if (c == ';')
        scan->has_semicolon = true;
    if (c == '\'' || c == '"')
        scan->quote = c;
    else if (c == '{')
        scan->brace = at + 1;
    else if (c == '}')
        end_placeholder(scan, at);
    else if (begins_comment(scan->sql, at))
        scan->has_comment = true;
    take_parenthesis(scan, c);
}

static void take_byte(struct scan *scan, size_t at) {
    if (scan->quote == '\0')
        take_plain(scan, at);
    else if (scan->sql.ptr[at] == scan->quote)
        scan->quote = '\0';
}

void product_sql_check(struct mcp_str sql, struct product_sql_faults *out_faults) {
    struct scan scan = {.sql = sql, .faults = out_faults};
    out_faults->count = 0;
    for (size_t i = 0; i < sql.len; i++)
        take_byte(&scan, i);
    if (!scan.has_text)
        say(out_faults, "sql-empty", "expected a column or an SQL expression");
    if (scan.has_semicolon)
        say(out_faults, "sql-semicolon", "\";\" ends a statement; expected one expression");
    if (scan.has_comment)
        say(out_faults, "sql-comment", "a comment would hide the rest of the query");
    if (scan.quote != '\0')
        say(out_faults, "sql-quote", "a quote is not closed");
    else if (scan.depth != 0)
        say(out_faults, "sql-parenthesis", "parentheses do not match");
    if (scan.brace != 0 && scan.quote == '\0')
        say(out_faults, "sql-placeholder", "\"{\" without its \"}\"");
}
